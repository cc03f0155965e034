// Serves the web page of the prefect package and one API on one origin, as `prefect server start` does, so that the session's cookie goes along.
import { readFileSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import path from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };

/** What the page was built with in place of the address it is served below. */
const BASE_PLACEHOLDER = "/PREFECT_UI_SERVE_BASE_REPLACE_PLACEHOLDER";

/** A file of the page; any other path is one of its routes, and gets the index. */
function readPage(folder, pathname) {
  const wanted = path.join(folder, path.normalize(pathname));
  const file =
    wanted.startsWith(folder) && statSync(wanted, { throwIfNoEntry: false })?.isFile() ? wanted : path.join(folder, "index.html");
  const type = TYPES[path.extname(file)] ?? "application/octet-stream";
  const body = readFileSync(file);
  const isText = type.startsWith("text/") || type === "application/json";
  return { type, body: isText ? body.toString("utf8").replaceAll(BASE_PLACEHOLDER, "") : body };
}

function forward(incoming, outgoing, target) {
  const url = new URL(incoming.url, target);
  // The host stays the page's: the service sees the origin that the browser sees.
  // A connection a request: one kept alive may be closed by the other side just when it is taken again.
  const sent = request(url, { agent: false, method: incoming.method, headers: incoming.headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  sent.on("error", (error) => outgoing.writeHead(502).end(error.message));
  incoming.pipe(sent);
}

/**
 * Starts the server: `folder` holds the page, `target` is the service's address, `settings` is what `/ui-settings` answers. Gives its
 * `url` and `close()`.
 */
export async function servePage({ folder, target, settings }) {
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, target);
    if (pathname === "/api" || pathname.startsWith("/api/") || ["/signup", "/signin", "/signout"].includes(pathname)) {
      return forward(incoming, outgoing, target);
    }
    if (pathname === "/ui-settings") {
      return outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(settings));
    }
    const { type, body } = readPage(folder, pathname);
    // The page's own files have names of their content: the browser keeps them, parsed.
    const kept = pathname.startsWith("/assets/") ? { "cache-control": "public, max-age=31536000, immutable" } : {};
    outgoing.writeHead(200, { "content-type": type, ...kept }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
