const CANONICAL_ID = "{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}}";

/** A path below `/api` in Hono's spelling: `/flows/{id}` is `/api/flows/:id`; `{id:uuid}` matches canonical ids only. */
export function honoPath(path: string): string {
  return `/api${path}`.replace(/\{(\w+):uuid\}/g, `:$1${CANONICAL_ID}`).replace(/\{([a-z]\w*)\}/g, ":$1");
}

/** The same path with a final slash if it has none, and without if it has one. */
export function withOtherSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
}

/**
 * The methods of every path in Hono's spelling. Paths without parameters come first and have the methods of those with
 * parameters that match them too: `/flows/filter` is also a `/flows/{id}`.
 */
export function methodsByPath(endpoints: readonly { method: string; path: string }[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  const [fixed, open] = [endpoints.filter(({ path }) => !path.includes("{")), endpoints.filter(({ path }) => path.includes("{"))];
  for (const { path } of [...fixed, ...open]) {
    const matching = endpoints.filter((other) => other.path === path || (!path.includes("{") && matches(other.path, path)));
    methods.set(honoPath(path), [...new Set(matching.map(({ method }) => method.toUpperCase()))]);
  }
  return methods;
}

/** Whether a path with parameters is a route for one without. */
function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replace(/\{\w+:uuid\}/g, "[0-9a-f-]{36}").replace(/\{\w+\}/g, "[^/]+")}$`).test(path);
}
