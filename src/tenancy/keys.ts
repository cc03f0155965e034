const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_LENGTH = 36;

/** A new API key: `slw_` and 36 random letters and digits (over 210 bits). Shown once; only its hash is stored. */
const makeApiKey = () => `slw_${makeSecret()}`;

/** A new API key and the hash that is stored of it. */
export async function newApiKey(): Promise<{ secret: string; hash: string }> {
  const secret = makeApiKey();
  return { secret, hash: await hashSecret(secret) };
}

/** A new session's token, made as a key is. */
export const makeSessionToken = () => `sls_${makeSecret()}`;

function makeSecret(): string {
  let secret = "";
  while (secret.length < SECRET_LENGTH) {
    // Bytes past the last multiple of 62 are thrown away, so that every letter is as likely as any other.
    for (const byte of crypto.getRandomValues(new Uint8Array(SECRET_LENGTH))) {
      if (byte < 248 && secret.length < SECRET_LENGTH) secret += ALPHABET[byte % 62];
    }
  }
  return secret;
}

/** SHA-256 of a key or token, hex. It has more entropy than a guess can reach, so it needs no slow hash. */
export async function hashSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
