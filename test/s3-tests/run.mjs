// Plays the cases of scope.txt of Ceph's s3-tests (MIT) against a fresh service, or the one at SLIPWAY_URL; arguments go on to pytest:
//   node test/s3-tests/run.mjs                  all of them
//   node test/s3-tests/run.mjs -k listv2        some of them
// The suite is fetched at the commit below and kept outside the tree; S3_TESTS=folder names a checkout where there is no network to GitHub.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { pythonEnvironment, root, signUp, withService } from "../../scripts/service.mjs";

const REPOSITORY = "https://github.com/ceph/s3-tests";
const COMMIT = "8f0ae7b404a3a2fcf7038bf1e6bf29544fe9b6a3";

const folder = path.join(root, "test/s3-tests");

/** A folder with the suite. */
function suite() {
  if (process.env.S3_TESTS) return path.resolve(process.env.S3_TESTS);
  const kept = path.join(process.env.CLIENTS_DIR ?? path.join(homedir(), ".cache/slipway-clients"), `s3-tests-${COMMIT.slice(0, 12)}`);
  if (existsSync(path.join(kept, "s3tests"))) return kept;
  mkdirSync(kept, { recursive: true });
  const git = (...args) => execFileSync("git", ["-C", kept, ...args], { stdio: "inherit" });
  git("init", "--quiet");
  git("fetch", "--quiet", "--depth", "1", REPOSITORY, COMMIT);
  git("checkout", "--quiet", "FETCH_HEAD");
  return kept;
}

/** The names of the cases that are in scope. */
const cases = () =>
  readFileSync(path.join(folder, "scope.txt"), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("test_"));

/** The suite's configuration: one tenant's key for all its roles. */
function configuration({ access_key_id, secret_access_key }, endpoint) {
  const { hostname, port, protocol } = new URL(endpoint);
  const role = `access_key = ${access_key_id}\nsecret_key = ${secret_access_key}\ndisplay_name = x\nuser_id = x\nemail = x@example.com\ntenant = x\n`;
  const roles = ["s3 main", "s3 alt", "s3 tenant", "iam", "iam root", "iam alt root"].map((name) => `[${name}]\n${role}`);
  const head = `[DEFAULT]\nhost = ${hostname}\nport = ${port || (protocol === "https:" ? 443 : 80)}\nis_secure = ${protocol === "https:"}\nssl_verify = False\n`;
  return [head, "[fixtures]\nbucket prefix = slipway-tests-{random}-\n", ...roles].join("");
}

const environment = await pythonEnvironment("s3-tests", path.join(folder, "requirements.txt"));
const checkout = suite();
const work = mkdtempSync(path.join(tmpdir(), "slipway-s3-tests-"));

try {
  process.exitCode = await withService({ BACKGROUND_WORK: "off" }, async (url, spawnSuite) => {
    const { api_key: apiKey, aws_endpoint_url: endpoint } = await signUp(url);
    const answer = await fetch(`${url}/api/storage_keys/`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "s3-tests" }),
    });
    if (answer.status !== 201) throw new Error(`POST /api/storage_keys/ answered ${answer.status}`);
    const file = path.join(work, "s3tests.conf");
    writeFileSync(file, configuration(await answer.json(), endpoint));
    const env = {
      S3TEST_CONF: file,
      S3_ENDPOINT: endpoint,
      PYTHONPATH: [folder, checkout].join(path.delimiter),
      PYTHONDONTWRITEBYTECODE: "1",
    };
    const ids = cases().map((name) => `s3tests/functional/test_s3.py::${name}`);
    const args = ["-m", "pytest", "-p", "slipway_bucket", "-p", "no:cacheprovider", "-q", "--tb=short", ...ids, ...process.argv.slice(2)];
    return spawnSuite(path.join(environment, "bin/python"), args, { cwd: checkout, env: { ...process.env, ...env } });
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
