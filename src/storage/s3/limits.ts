/** The most bytes that one request may bring, an object or a part of one: what S3 takes, and R2 (5 GiB). */
export const MAX_OBJECT_BYTES = 5 * 1024 ** 3;

/** The fewest bytes of a part that is not the last. */
export const MIN_PART_BYTES = 5 * 1024 ** 2;

/** R2 ends an upload that is not completed after this time. */
export const UPLOAD_DAYS = 7;

/** The highest number of a part. */
export const MAX_PART_NUMBER = 10_000;

/** The most bytes of an object's own metadata, names and values together. */
export const MAX_METADATA_BYTES = 2048;
