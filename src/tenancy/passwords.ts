/** The most rounds that Workers' PBKDF2 takes. */
const ROUNDS = 100_000;

const encode = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const decode = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function derive(password: string, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, key, 256);
  return new Uint8Array(bits);
}

/** `pbkdf2-sha256$rounds$salt$hash` of a password, salted (RFC 8018). */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return `pbkdf2-sha256$${ROUNDS}$${encode(salt)}$${encode(await derive(password, salt, ROUNDS))}`;
}

/** The hash of no password: what is compared for an account that does not exist. */
export const NO_PASSWORD = `pbkdf2-sha256$${ROUNDS}$${encode(new Uint8Array(16))}$${encode(new Uint8Array(32))}`;

/** True when the password is the one hashed; compares in constant time. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, rounds, salt, hash] = stored.split("$");
  if (!rounds || !salt || !hash) return false;
  const expected = decode(hash);
  const given = await derive(password, decode(salt), Number(rounds));
  return crypto.subtle.timingSafeEqual(given, expected);
}
