// Drives real Prefect clients against a fresh service (or the one at SLIPWAY_URL). The arguments go on to test/clients/run.sh:
//   npm run test:clients                                        Prefect 2.20, all scenarios
//   npm run test:clients -- v2_20/test_cli.py -k limit          some of them
//   npm run test:clients -- --release 2.10                      another release
import path from "node:path";
import { root, signUp, withService } from "./service.mjs";

const folder = path.join(root, "test/clients");

process.exitCode = await withService({}, async (url, spawnSuite) => {
  const [own, first, second] = await Promise.all([signUp(url), signUp(url, "first"), signUp(url, "second")]);
  const keys = [first, second].map((tenant) => `${tenant.api_url}|${tenant.api_key}`).join(",");
  const address = ["--url", own.api_url, "--key", own.api_key, "--keys", keys];
  return spawnSuite("bash", [path.join(folder, "run.sh"), ...address, ...process.argv.slice(2)], { cwd: folder });
});
