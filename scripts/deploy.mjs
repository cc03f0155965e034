// Deploys to Cloudflare: makes the D1 databases and R2 buckets of wrangler.toml that are missing, migrates, deploys, and gives the Worker
// its encryption key the first time. Needs `npx wrangler login` or CLOUDFLARE_API_TOKEN. Safe to repeat.
//   npm run deploy                 npm run deploy -- --dry-run    shows the commands and builds the Worker, offline
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dryRun = process.argv.includes("--dry-run");
const wranglerCli = path.join(path.dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");
const NO_DATABASE = /^[0-]*$/;
const SECRET = "ENCRYPTION_KEY";

class Failed extends Error {}

/** Runs a wrangler command: its output when `capture`, else shown. Throws Failed when it fails. */
function wrangler(args, { capture = false } = {}) {
  console.log(`\n> wrangler ${args.join(" ")}`);
  const stdio = ["inherit", capture ? "pipe" : "inherit", "inherit"];
  const result = spawnSync(process.execPath, [wranglerCli, ...args], { cwd: root, encoding: "utf8", stdio });
  if (result.status !== 0) throw new Failed(`wrangler ${args[0]} ${args[1]} failed`);
  return result.stdout;
}

/** Whether a command works; what it says is its own affair. */
function succeeds(args) {
  console.log(`\n> wrangler ${args.join(" ")}`);
  return spawnSync(process.execPath, [wranglerCli, ...args], { cwd: root, stdio: "ignore" }).status === 0;
}

/** The id of a database of the account, made where it is missing. */
function databaseId(name) {
  const find = () => JSON.parse(wrangler(["d1", "list", "--json"], { capture: true })).find((database) => database.name === name)?.uuid;
  const present = find();
  if (present) return present;
  wrangler(["d1", "create", name]);
  const made = find();
  if (!made) throw new Failed(`the database ${name} was made and is not listed`);
  return made;
}

/** The text of wrangler.toml with the id of a database in its place. */
function withDatabaseId(text, name, id) {
  const pattern = new RegExp(`(database_name\\s*=\\s*"${name}"\\s*\\n\\s*database_id\\s*=\\s*)"[^"]*"`);
  if (!pattern.test(text)) throw new Failed(`wrangler.toml must name database_id in the line after database_name = "${name}"`);
  return text.replace(pattern, `$1"${id}"`);
}

/**
 * Whether the Worker has its encryption key. Certain or an error: a second key would make everything encrypted unreadable.
 */
function hasSecret(config) {
  const args = ["secret", "list", "--format", "json", "--config", config];
  console.log(`\n> wrangler ${args.join(" ")}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [wranglerCli, ...args], { cwd: root, encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout).some((secret) => secret.name === SECRET);
  if (/Worker "[^"]*" not found/.test(stdout + stderr)) return false;
  throw new Failed(`it is not known whether the Worker has its ${SECRET}: ${stderr.trim()}`);
}

function deploy(config) {
  // Beside wrangler.toml, because its paths count from there.
  const filled = path.join(root, "wrangler.deploy.toml");
  const scratch = mkdtempSync(path.join(tmpdir(), "slipway-deploy-"));
  try {
    let text = readFileSync(path.join(root, "wrangler.toml"), "utf8");
    for (const database of config.d1_databases) {
      if (NO_DATABASE.test(database.database_id)) text = withDatabaseId(text, database.database_name, databaseId(database.database_name));
    }
    writeFileSync(filled, text);
    for (const { bucket_name: bucket } of config.r2_buckets) {
      if (!succeeds(["r2", "bucket", "info", bucket])) wrangler(["r2", "bucket", "create", bucket]);
    }
    for (const { database_name: name } of config.d1_databases)
      wrangler(["d1", "migrations", "apply", name, "--remote", "--config", filled]);
    const secrets = path.join(scratch, "secrets.json");
    const first = !hasSecret(filled);
    if (first)
      writeFileSync(secrets, JSON.stringify({ [SECRET]: process.env[SECRET] || randomBytes(32).toString("base64") }), { mode: 0o600 });
    wrangler(["deploy", "--config", filled, ...(first ? ["--secrets-file", secrets] : [])]);
  } finally {
    rmSync(filled, { force: true });
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Shows what a deployment would run, and has wrangler build and check the Worker without an account. */
function showDeployment(config) {
  const commands = [
    ...config.d1_databases.flatMap(({ database_name: name }) => [
      "wrangler d1 list --json",
      `wrangler d1 create ${name}                         (when it is not listed)`,
    ]),
    ...config.r2_buckets.map(
      ({ bucket_name: bucket }) =>
        `wrangler r2 bucket create ${bucket}                  (when "wrangler r2 bucket info ${bucket}" finds none)`,
    ),
    ...config.d1_databases.map(({ database_name: name }) => `wrangler d1 migrations apply ${name} --remote`),
    "wrangler secret list",
    `wrangler deploy [--secrets-file FILE]              (with a new ${SECRET} when none is listed)`,
  ];
  console.log(`A deployment would run:\n${commands.map((command) => `  ${command}`).join("\n")}`);
  wrangler(["deploy", "--dry-run", "--outdir", "dist"]);
}

Object.assign(process.env, { WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" });
const { unstable_readConfig } = await import("wrangler");
const config = unstable_readConfig({ config: path.join(root, "wrangler.toml") }, { hideWarnings: true });
try {
  if (dryRun) showDeployment(config);
  else deploy(config);
} catch (error) {
  if (!(error instanceof Failed)) throw error;
  console.error(`\nNot deployed: ${error.message}.`);
  process.exitCode = 1;
}
