/** A text percent-encoded as SigV4 wants it: all but letters, digits and `-._~` (RFC 3986 section 2.3). */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The text of a percent-encoded one; null for broken escapes and what is no UTF-8. */
export function uriDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Names and values of a raw query, decoded, in their order; `+` stands for a space. Null for broken escapes. */
export function queryPairs(query: string): [string, string][] | null {
  const pairs: [string, string][] = [];
  for (const part of query.split("&").filter((each) => each !== "")) {
    const at = part.indexOf("=");
    const name = uriDecode((at < 0 ? part : part.slice(0, at)).replaceAll("+", " "));
    const value = uriDecode((at < 0 ? "" : part.slice(at + 1)).replaceAll("+", " "));
    if (name === null || value === null) return null;
    pairs.push([name, value]);
  }
  return pairs;
}

/** Compares as S3 orders keys: by the bytes of their UTF-8, which is the order of their code points. */
export function compareKeys(a: string, b: string): number {
  const left = a[Symbol.iterator]();
  const right = b[Symbol.iterator]();
  for (;;) {
    const [l, r] = [left.next(), right.next()];
    if (l.done || r.done) return Number(r.done ?? false) - Number(l.done ?? false);
    const difference = (l.value.codePointAt(0) ?? 0) - (r.value.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
}
