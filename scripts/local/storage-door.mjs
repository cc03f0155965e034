import { createServer, request } from "node:http";

/** Headers that hold for one connection only (RFC 9110 section 7.6.1), and the expectation that is met here. */
const OF_THE_CONNECTION = ["connection", "keep-alive", "expect"];

const forwarded = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name)));

/**
 * A door to the Worker's /s3 that answers `Expect: 100-continue`, as Cloudflare's edge does and the local workerd does not: s3fs sends a
 * file only after it. Listens beside the service, on the next port, or on a free one when that is taken; gives `{port, close()}`.
 */
export async function openStorageDoor(host, servicePort) {
  const door = createServer((incoming, answer) => {
    if (!/^\/s3(?=[/?]|$)/.test(incoming.url)) {
      answer.writeHead(404).end();
      return;
    }
    const { method, url: path, headers } = incoming;
    const onward = request({ host, port: servicePort, method, path, headers: forwarded(headers) }, (reply) => {
      answer.writeHead(reply.statusCode, forwarded(reply.headers));
      reply.pipe(answer);
    });
    onward.on("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
    answer.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  const listen = (port) =>
    new Promise((resolve, reject) => {
      door.once("error", reject).listen(port, host, () => resolve(door.address().port));
    });
  const port = await listen(servicePort + 1).catch(() => listen(0));
  const close = () => {
    door.close();
    door.closeAllConnections();
  };
  return { port, close };
}
