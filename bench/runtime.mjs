// The service with more routes for a bench, on a local runtime with a data folder of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { migrate } from "../scripts/local/migrate.mjs";

Object.assign(process.env, { X_LOCAL_OBSERVABILITY: "false", X_LOCAL_EXPLORER: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" });
const { Miniflare, convertV4MiniflareOptions } = await import("miniflare");
const { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } = await import("wrangler");

const root = fileURLToPath(new URL("..", import.meta.url));

/** One file of some of the project's sources. */
export async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["cloudflare:*", "node:*", ...builtinModules],
    loader: { ".txt": "text", ".html": "text", ".sql": "text" },
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** Serves `entry`, a Worker, with a migrated database: `{database, call, stop}`. `call(route, body, key)` gives the body of a 2xx. */
export async function serve(entry) {
  const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
  const { workerOptions, externalWorkers } = unstable_getMiniflareWorkerOptions(path.join(root, "wrangler.toml"));
  const { modulesRules: _, ...bound } = workerOptions;
  const worker = {
    ...bound,
    name: "bench",
    modules: [{ type: "ESModule", path: "index.js", contents: await bundle(entry) }],
    bindings: { ...bound.bindings, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64") },
  };
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      host: "127.0.0.1",
      port: 0,
      resourcePersistencePath: folder,
      workers: [worker, ...externalWorkers],
    }),
  );
  const database = await runtime.getD1Database("DB_0", "bench");
  await migrate(database, path.join(root, "migrations"), unstable_splitSqlQuery);
  return {
    database,
    async call(route, body, key, headers = {}) {
      const response = await runtime.dispatchFetch(`http://bench${route}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }), ...headers },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async stop() {
      await runtime.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
