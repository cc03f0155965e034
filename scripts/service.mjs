// A fresh service for a suite: started on a free port with a data folder of its own, stopped and cleared away afterwards.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** The command that `npm start` runs, without npm. */
const START = [process.execPath, "--disable-warning=ExperimentalWarning", path.join(root, "scripts/start.mjs")];
const KEPT_OUTPUT = 200_000;

export function makeDataFolder() {
  return mkdtempSync(path.join(tmpdir(), "slipway-"));
}

/** A port that nobody listens on now, for a program that cannot take one by itself. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts the service and waits until it says that it is ready.
 * `env` adds to the environment, `dataFolder` keeps data over several starts (made and removed here when not given), `command` starts it in
 * another way (`["npm", "start", "--"]`), `port` is a free one unless given. Throws, with what the service printed, when it ends first.
 */
export async function startService({ env = {}, dataFolder, command = START, port = 0, waitMs = 60_000 } = {}) {
  const data = dataFolder ?? makeDataFolder();
  const [program, ...args] = [...command, "--port", String(port), "--persist-to", data];
  const inherited = Object.entries(process.env).filter(
    ([name]) => !["PORT", "PUBLIC_URL", "LEASE_SECONDS", "BACKGROUND_WORK", "ENCRYPTION_KEY"].includes(name),
  );
  const child = spawn(program, args, {
    cwd: root,
    detached: true,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ended = new Promise((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve({ code: null, signal: null });
    });
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise((resolve) => {
    const read = (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT);
      if (/^ready$/m.test(output)) resolve("ready");
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
  });
  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  const clear = () => {
    if (!dataFolder) rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  };

  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, waitMs, "timeout");
  });
  const first = await Promise.race([ready, ended, timeout]);
  clearTimeout(timer);
  if (first !== "ready") {
    if (child.pid) signalGroup("SIGKILL");
    clear();
    throw new Error(`the service did not start:\n${output}`);
  }
  const url = /^Slipway serves (\S+?),? /m.exec(output)[1];
  return {
    url,
    api: `${url}/api`,
    data,
    pid: child.pid,
    output: () => output,
    /** Asks the process that was started to stop, waits for it, and gives `{code, signal}`. */
    async stop() {
      child.kill("SIGTERM");
      const result = await ended;
      signalGroup("SIGKILL");
      clear();
      return result;
    },
    /** Kills the whole process group at once, as a power cut would; the data stay where they were given. */
    async kill() {
      signalGroup("SIGKILL");
      await ended;
      clear();
    },
  };
}

/** Signs up a new tenant over POST /signup: `{account, workspace, api_url, api_key}`. */
export async function signUp(url, workspace = "main") {
  const body = { email: `${randomBytes(8).toString("hex")}@example.com`, password: randomBytes(16).toString("hex"), workspace };
  const response = await fetch(`${url}/signup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`POST /signup answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/**
 * Runs a suite against a service and gives its exit status: `run(url, spawnSuite, service)`, where `spawnSuite(command, args, options)`
 * resolves to the exit status and `service` is null unless it was started here. Uses the service at SLIPWAY_URL where that is set, else a
 * fresh one with `env`. A stopped suite stops both. When the suite fails, the last of what the fresh service printed is
 * shown.
 */
export async function withService(env, run) {
  const service = process.env.SLIPWAY_URL ? null : await startService({ env });
  let suite;
  // A terminal's Ctrl-C reaches the suite by itself; staying alive lets the service be stopped after it.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => suite?.kill("SIGTERM"));
  const spawnSuite = (command, args, options) =>
    new Promise((resolve, reject) => {
      suite = spawn(command, args, { stdio: "inherit", ...options });
      suite.once("error", reject);
      suite.once("exit", (code) => resolve(code ?? 1));
    });
  try {
    const status = await run(process.env.SLIPWAY_URL?.replace(/\/$/, "") ?? service.url, spawnSuite, service);
    if (status !== 0 && service)
      console.log(`\nThe service's last words:\n${service.output().trimEnd().split("\n").slice(-40).join("\n")}\n`);
    return status;
  } finally {
    await service?.stop();
  }
}

/** The environment of a pinned Prefect release, made where it is missing: its folder. */
export const prefectEnvironment = (release) => pythonEnvironment(release);

/** A Python environment, made where it is missing: its folder. `args` are those of clients.sh: a Prefect release, or a name and a file of pins. */
export async function pythonEnvironment(...args) {
  const script = path.join(root, "test/clients/environments/clients.sh");
  const child = spawn("bash", [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the Python environment ${args[0]} could not be made`);
  return output.trim();
}
