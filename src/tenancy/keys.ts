const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KEY_LENGTH = 36;

/** A new API key: `slw_` and 36 random letters and digits (over 210 bits). Shown once; only its hash is stored. */
export function makeApiKey(): string {
  let key = "";
  while (key.length < KEY_LENGTH) {
    // Bytes past the last multiple of 62 are thrown away, so that every letter is as likely as any other.
    for (const byte of crypto.getRandomValues(new Uint8Array(KEY_LENGTH))) {
      if (byte < 248 && key.length < KEY_LENGTH) key += ALPHABET[byte % 62];
    }
  }
  return `slw_${key}`;
}

/** SHA-256 of a key, hex. A key has more entropy than a guess can reach, so it needs no slow hash. */
export async function hashApiKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
