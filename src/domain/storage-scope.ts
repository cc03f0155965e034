/** What a key of the file storage may do. */
export const STORAGE_SCOPES = ["read", "readwrite"] as const;

export type StorageScope = (typeof STORAGE_SCOPES)[number];
