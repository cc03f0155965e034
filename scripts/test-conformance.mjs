// Plays the conformance cases against a real Prefect 2.20 server, started here, and a fresh service (or the one at SLIPWAY_URL):
//   npm run test:conformance                              all cases
//   npm run test:conformance -- -k flow_runs.             cases whose name contains the text
//   npm run test:conformance -- --at-least 100            the share that must be equal, percent (default 99)
//   npm run test:conformance -- --reference URL           a reference that runs already; further arguments go on to conformance.py
// Fails when fewer cases are equal, and whenever the service answers 5xx or not at all. Cases that differ are listed by name.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort, prefectEnvironment, root, signUp, withService } from "./service.mjs";

const DEFAULT_SHARE = 99;

/** Takes `--at-least N` out of the arguments. */
function readArguments(args) {
  const at = args.findIndex((arg) => arg.startsWith("--at-least"));
  if (at < 0) return { share: DEFAULT_SHARE, rest: args };
  const inline = args[at].split("=")[1];
  const share = Number.parseFloat(inline ?? args[at + 1]);
  if (!(share >= 0 && share <= 100)) throw new Error("--at-least wants a percentage from 0 to 100");
  return { share, rest: args.toSpliced(at, inline === undefined ? 2 : 1) };
}

const isServerError = (diff) => (diff.where === "status" && /^5\d\d/.test(String(diff.target))) || diff.where === "answer";

/** Shows every case that is not equal and judges the whole: `passed` when the share is reached and nothing of ours broke. */
function judge(results, share) {
  const different = results.cases.filter((result) => result.result !== "ok");
  const broken = different.filter((result) => result.diffs.some(isServerError));
  const equal = results.total - different.length;
  const reached = results.total > 0 && (100 * equal) / results.total >= share;
  if (different.length > 0) {
    console.log(`\n${different.length} of ${results.total} cases differ from the reference:`);
    for (const result of different) {
      const why = result.error ?? `${result.diffs.length} difference${result.diffs.length === 1 ? "" : "s"}`;
      console.log(`  ${result.case}: ${why}${broken.includes(result) ? " (the service broke: 5xx or no answer)" : ""}`);
    }
  }
  if (!reached) console.log(`\nFewer than ${share} % are equal.`);
  if (broken.length > 0) console.log(`\n${broken.length} cases with a 5xx or no answer from the service.`);
  const passed = reached && broken.length === 0;
  const failures = passed ? 0 : reached ? broken.length : different.length;
  const allowed = different.length - failures;
  console.log(
    `\nconformance: ${equal} passed, ${failures} failed${allowed > 0 ? `, ${allowed} different and allowed (at least ${share} % must be equal)` : ""}`,
  );
  return passed ? 0 : 1;
}

const { share, rest } = readArguments(process.argv.slice(2));
const environment = await prefectEnvironment("2.20");
const scratch = mkdtempSync(path.join(tmpdir(), "slipway-conformance-"));
const report = path.join(scratch, "results.json");
try {
  // The reference hides no run from a second poll, so neither may the service.
  process.exitCode = await withService({ LEASE_SECONDS: "0" }, async (url, spawnSuite) => {
    const tenant = await signUp(url);
    const reference = rest.includes("--reference") ? [] : ["--start-reference", String(await freePort())];
    const args = [
      path.join(root, "test/conformance/conformance.py"),
      ...reference,
      "--target",
      tenant.api_url,
      "--key",
      tenant.api_key,
      "--json",
      report,
      ...rest,
    ];
    const status = await spawnSuite(path.join(environment, "bin/python"), args, {
      cwd: path.join(root, "test/conformance"),
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    if (rest.includes("--list") || rest.includes("--help") || rest.includes("-h")) return status;
    let results;
    try {
      results = JSON.parse(readFileSync(report, "utf8"));
    } catch {
      console.log("\nconformance: 0 passed, 1 failed (it did not come to an end)");
      return 1;
    }
    return judge(results, share);
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
