/** Where a browser's page stood that sent a request: on our own origin, on another one, or nothing is said. */
export type PageOrigin = "own" | "foreign" | "unsaid";

/**
 * Reads `Sec-Fetch-Site` (W3C Fetch Metadata), which a page cannot forge, and `Origin` where a browser does not send it, compared by
 * scheme, host and port (RFC 6454 section 5). `publicUrl` is the address people use, when it is not the one the request came to.
 * A program that is no browser says nothing.
 */
export function pageOriginOf(request: Request, publicUrl: string | null): PageOrigin {
  const site = request.headers.get("sec-fetch-site");
  if (site === "same-origin") return "own";
  if (site === "cross-site" || site === "same-site") return "foreign";
  const origin = request.headers.get("origin");
  if (origin === null) return "unsaid";
  return [request.url, ...(publicUrl ? [publicUrl] : [])].some((own) => new URL(own).origin === originOf(origin)) ? "own" : "foreign";
}

/** The origin in its one spelling; null for `null`, which stands for pages that have none, and for what is no address. */
function originOf(text: string): string | null {
  try {
    return new URL(text).origin;
  } catch {
    return null;
  }
}
