import { SESSION_DAYS } from "./sessions.ts";

export const SESSION_COOKIE = "slipway_session";

/** The session's token out of a `Cookie` header's value, or null (RFC 6265 section 5.4). */
export function sessionTokenOf(cookies: string | null): string | null {
  for (const pair of (cookies ?? "").split(";")) {
    const [name, value] = pair.trim().split("=");
    if (name === SESSION_COOKIE && value) return value;
  }
  return null;
}

/** The `Set-Cookie` that keeps a token where scripts cannot read it and other sites cannot send it; sent over TLS alone where we are. */
export const sessionCookie = (token: string, isSecure: boolean) => cookie(token, SESSION_DAYS * 86_400, isSecure);

/** The `Set-Cookie` that makes a browser forget its session. */
export const endedSessionCookie = (isSecure: boolean) => cookie("", 0, isSecure);

const cookie = (value: string, maxAgeSeconds: number, isSecure: boolean) =>
  `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
