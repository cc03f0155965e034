/** Sockets of clients that cannot send a header, and name their key in their first message: `{"type": "auth", "token": KEY}`. */

const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

/**
 * A socket that is passed on, once its client has named its key, to what `open` opens with it: an answer with a socket, or none for a key
 * that is nobody's. The key's message is passed on too. A refusal ends the socket.
 */
export function relayByKey(open: (key: string) => Promise<Response | undefined>): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  let upstream: Promise<WebSocket | null> | null = null;
  server.addEventListener("message", ({ data }) => {
    upstream ??= connect(server, String(data), open);
    upstream.then((stream) => stream?.send(data)).catch(() => server.close(INTERNAL_ERROR));
  });
  server.addEventListener("close", () => {
    upstream?.then((stream) => stream?.close()).catch(() => undefined);
    server.close();
  });
  return new Response(null, { status: 101, webSocket: client });
}

async function connect(
  server: WebSocket,
  greeting: string,
  open: (key: string) => Promise<Response | undefined>,
): Promise<WebSocket | null> {
  const key = keyOf(greeting);
  const answer = key === null ? undefined : await open(key);
  const stream = answer?.webSocket;
  if (!stream) {
    const reason = answer ? await answer.text() : "Invalid API key.";
    server.send(JSON.stringify({ type: "auth_failure", reason }));
    // What can be said of a closing is short.
    server.close(POLICY_VIOLATION, key === null ? "Expected 'auth' message" : answer ? "Refused" : reason);
    return null;
  }
  stream.accept();
  stream.addEventListener("message", ({ data }) => server.send(data));
  stream.addEventListener("close", ({ code, reason }) => server.close(code === 1005 ? 1000 : code, reason));
  return stream;
}

/** The key of an `auth` message; null for any other. */
function keyOf(text: string): string | null {
  try {
    const { type, token } = JSON.parse(text) as { type?: unknown; token?: unknown };
    return type === "auth" && typeof token === "string" ? token : null;
  } catch {
    return null;
  }
}
