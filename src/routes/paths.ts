const CANONICAL_ID = "{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}}";

/** A path below `/api` in Hono's spelling: `/flows/{id}` is `/api/flows/:id`; `{id:uuid}` matches canonical ids only. */
export function honoPath(path: string): string {
  return `/api${path}`.replace(/\{(\w+):uuid\}/g, `:$1${CANONICAL_ID}`).replace(/\{([a-z]\w*)\}/g, ":$1");
}

/** The same path with a final slash if it has none, and without if it has one. */
export function withOtherSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
}
