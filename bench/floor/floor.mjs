#!/usr/bin/env node
// The floor: a bare Worker that issues the fewest D1 statements each benchmark call could do with, and nothing else. Its rate on the same
// engine is the physical limit that ours is held against. Needs Node >= 22:
//   npm run bench:floor -- --port 4205        then   npm run bench -- --target slipway=… --target floor=http://127.0.0.1:4205/api
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

Object.assign(process.env, { X_LOCAL_OBSERVABILITY: "false", X_LOCAL_EXPLORER: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" });
const { Miniflare, convertV4MiniflareOptions } = await import("miniflare");
const flag = process.argv.indexOf("--port");
const port = flag > 0 ? Number(process.argv[flag + 1]) : 4205;
const persist = mkdtempSync(path.join(tmpdir(), "floor-"));
const contents = readFileSync(new URL("./worker.mjs", import.meta.url), "utf8");
const mf = new Miniflare(
  convertV4MiniflareOptions({
    name: "floor",
    host: "127.0.0.1",
    port,
    cf: false,
    compatibilityDate: "2026-08-01",
    modules: [{ type: "ESModule", path: "worker.mjs", contents }],
    d1Databases: { DB: "floor" },
    resourcePersistencePath: persist,
    durableObjects: { QUEUE: { className: "Queue", useSQLite: true } },
  }),
);
await mf.ready;
await fetch(`http://127.0.0.1:${port}/api/init`);
console.log(`floor ready on ${port}`);
const stop = async () => {
  await mf.dispose();
  rmSync(persist, { recursive: true, force: true });
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
