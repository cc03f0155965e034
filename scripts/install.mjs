// Installs the lock file's packages when node_modules is missing or lags behind; otherwise does nothing.
// Runs before anything is installed, so on Node 20 and without packages.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), "utf8")).packages;
  } catch {
    return null;
  }
}

/** Whether node_modules holds what the lock file names, by npm's own record of the tree, which npm writes when it has finished. */
function isInstalled() {
  const wanted = readPackages("package-lock.json");
  const present = readPackages("node_modules/.package-lock.json");
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === "") return true;
    return present[name] ? present[name].version === entry.version : entry.optional === true;
  });
}

/** Takes the lock of this tree, waiting for another process that holds it; gives the function that frees it. */
function lock() {
  const file = path.join(tmpdir(), `slipway-install-${createHash("sha256").update(root).digest("hex").slice(0, 16)}.lock`);
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!holderLives(file)) rmSync(file, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
}

function holderLives(file) {
  try {
    process.kill(Number(readFileSync(file, "utf8")) || process.pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `npm ci`. The tree being replaced may hold the Node that runs this script, so npm gets the one that it came with. */
function install() {
  const { npm_node_execpath: node, npm_execpath: npm } = process.env;
  const [command, ...start] = node && npm ? [node, npm] : ["npm"];
  const outside = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => !folder.startsWith(path.join(root, "node_modules")));
  const args = [...start, "ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];
  console.error("Installing packages (npm ci) ...");
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, PATH: outside.join(path.delimiter) },
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32" && command === "npm",
  });
  if (result.error || result.status !== 0) {
    const registry = process.env.npm_config_registry ?? "the package registry";
    console.error(
      `\nThe packages could not be installed: npm ci ${result.error ? result.error.message : `ended with ${result.status ?? result.signal}`}.\n` +
        `The first start needs ${registry}; check the network and the npm settings, then try again.`,
    );
    process.exitCode = 1;
  }
}

if (!isInstalled()) {
  const unlock = lock();
  try {
    if (!isInstalled()) install();
  } finally {
    unlock();
  }
}
