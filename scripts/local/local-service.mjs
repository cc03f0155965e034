import { builtinModules, createRequire } from "node:module";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { runCrons } from "./cron.mjs";
import { encryptionKeyOf, takeDataFolder } from "./data-folder.mjs";
import { migrate } from "./migrate.mjs";
import { ServiceError } from "./service-error.mjs";
import { openStorageDoor } from "./storage-door.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const NAME = "slipway";

/** Without these the runtime reports home, asks the network, and writes a trace of every call, which makes D1 several times slower. */
const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
};

/**
 * Starts the Worker of wrangler.toml on workerd: `{port, host, dataFolder, publicUrl}` to `{url, publicUrl, stop()}`, resolved when
 * /api/health answers 200. The port opens only on a migrated database. `afterLaunch` is called when the runtime's packages have added
 * their signal handlers. Throws a ServiceError for what a person can mend.
 */
export async function openService(options, afterLaunch) {
  Object.assign(process.env, QUIET);
  const data = await takeDataFolder(options.dataFolder);
  const port = await freePort(options.port, options.host);
  const anyAddress = ["0.0.0.0", "::"].includes(options.host);
  const reachable = anyAddress ? "127.0.0.1" : options.host;
  const url = `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
  const publicUrl = options.publicUrl?.replace(/\/$/, "") ?? (anyAddress ? "" : url);

  const script = bundle();
  script.catch(() => undefined);
  const wrangler = await import("wrangler");
  const { Miniflare, Log, LogLevel, convertV4MiniflareOptions } = await import("miniflare");
  guardRuntime();
  const configFile = path.join(root, "wrangler.toml");
  const config = wrangler.unstable_readConfig({ config: configFile }, { hideWarnings: true });
  const { workerOptions, externalWorkers } = wrangler.unstable_getMiniflareWorkerOptions(configFile);
  const { modulesRules: _, ...bound } = workerOptions;
  const shared = { cf: false, log: new Log(LogLevel.WARN), resourcePersistencePath: path.join(data.path, "state") };
  const launch = async (settings) => {
    const runtime = new Miniflare(convertV4MiniflareOptions({ ...shared, ...settings }));
    afterLaunch();
    await runtime.ready;
    return runtime;
  };

  await migrateAll(launch, config, bound, wrangler.unstable_splitSqlQuery);
  const door = await openStorageDoor(options.host, port);
  // People who reach the service by an address of theirs reach its files by it too.
  const storageUrl = options.publicUrl || anyAddress ? "" : `${new URL(url).protocol}//${new URL(url).hostname}:${door.port}/s3`;
  const worker = {
    ...bound,
    name: NAME,
    modules: [{ type: "ESModule", path: path.join(root, "index.js"), contents: await script }],
    bindings: { ...bindings(bound.bindings, publicUrl, data.path), STORAGE_URL: storageUrl },
  };
  const runtime = await launch({ host: options.host, port, workers: [worker, ...externalWorkers] });
  await untilHealthy(`${url}/api/health`);

  const ending = new AbortController();
  const fire = async (cron, scheduledTime) => (await runtime.getWorker(NAME)).scheduled({ cron, scheduledTime });
  const report = (cron, error) => {
    if (!ending.signal.aborted) console.error(`cron ${cron} failed:`, error);
  };
  const crons = worker.bindings.BACKGROUND_WORK === "off" ? [] : (config.triggers.crons ?? []);
  void runCrons(crons, fire, report, ending.signal);
  const stop = async () => {
    ending.abort();
    door.close();
    await runtime.dispose();
    data.close();
  };
  return { url, publicUrl, stop };
}

/** One file of the Worker's sources, as `wrangler deploy` makes it. */
async function bundle() {
  const building = build({
    entryPoints: [path.join(root, "src/index.ts")],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["cloudflare:*", "node:*", ...builtinModules],
    loader: { ".txt": "text", ".html": "text", ".sql": "text" },
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "error",
  });
  const { outputFiles } = await building.catch((error) => {
    throw new ServiceError(`the Worker does not build, for ${error.errors?.length ?? "some"} error(s) shown above.`);
  });
  return outputFiles[0].text;
}

/** Runs workerd through a script that ends it when this process is killed. */
function guardRuntime() {
  if (process.platform === "win32") return;
  const fromMiniflare = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  process.env.SLIPWAY_WORKERD ??= process.env.MINIFLARE_WORKERD_PATH ?? fromMiniflare("workerd").default;
  process.env.MINIFLARE_WORKERD_PATH = fileURLToPath(new URL("workerd.sh", import.meta.url));
}

/** Migrates every D1 database of the configuration, in a runtime of its own that serves nobody. */
async function migrateAll(launch, config, { d1Databases, compatibilityDate }, split) {
  const contents = "export default { fetch: () => new Response() }";
  const runtime = await launch({
    workers: [{ name: NAME, compatibilityDate, d1Databases, modules: [{ type: "ESModule", path: "index.js", contents }] }],
  });
  try {
    for (const { binding, migrations_dir: folder = "migrations" } of config.d1_databases) {
      await migrate(await runtime.getD1Database(binding, NAME), path.join(root, folder), split);
    }
  } finally {
    await runtime.dispose();
  }
}

/** The Worker's variables: those of wrangler.toml, each replaced by the environment's of that name, and what only a start can know. */
function bindings(vars, publicUrl, dataFolder) {
  const given = Object.keys(vars).filter((name) => process.env[name] !== undefined);
  return {
    ...vars,
    ...Object.fromEntries(given.map((name) => [name, process.env[name]])),
    PUBLIC_URL: publicUrl,
    ENCRYPTION_KEY: process.env.ENCRYPTION_KEY || encryptionKeyOf(dataFolder),
  };
}

/** The port itself when it can be listened on, a free one for 0. A port that was held by a process that is just ending gets a moment. */
async function freePort(port, host, waitMs = 3000) {
  const end = Date.now() + waitMs;
  for (;;) {
    try {
      return await tryPort(port, host);
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw new ServiceError(`cannot listen on ${host}:${port}: ${error.message}`);
      if (Date.now() > end)
        throw new ServiceError(`port ${port} of ${host} is taken. Stop what listens there, or take another with --port or PORT.`);
    }
    await sleep(200);
  }
}

function tryPort(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, host, () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}

/** Waits until the service itself says that it is well. */
async function untilHealthy(address, waitMs = 60_000) {
  const end = Date.now() + waitMs;
  let last = "no answer";
  while (Date.now() < end) {
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(2000) });
      if (response.ok) return;
      last = `${response.status} ${await response.text()}`;
    } catch (error) {
      last = error.message;
    }
    await sleep(50);
  }
  throw new ServiceError(`the service did not become healthy: ${last}`);
}
