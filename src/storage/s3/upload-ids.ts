const MARKED = /^(.*)~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The id of an upload for clients: R2's, and the mark that the object will bear. R2 does not say of which upload an object came. */
export const makeUploadId = (r2Id: string, mark: string) => `${r2Id}~${mark}`;

/** R2's own id of an upload. */
export const r2UploadId = (uploadId: string) => MARKED.exec(uploadId)?.[1] ?? uploadId;

/** The mark in an upload's id; null for one that has none. */
export const markIn = (uploadId: string) => MARKED.exec(uploadId)?.[2] ?? null;
