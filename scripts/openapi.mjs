// Writes openapi/openapi.json from the routes; with --check it only says whether the committed file is in step.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = path.resolve(import.meta.dirname, "..");
const file = path.join(root, "openapi", "openapi.json");

// Beside the packages, so that a failure shows a short name and not the whole bundle.
const bundle = path.join(root, "node_modules", ".slipway-openapi.mjs");
await build({
  entryPoints: [path.join(root, "src", "routes", "document.ts")],
  bundle: true,
  outfile: bundle,
  format: "esm",
  platform: "node",
  logLevel: "error",
});
const { buildDocument } = await import(pathToFileURL(bundle));
const text = `${JSON.stringify(buildDocument(), null, 1)}\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
} else if (readFileSync(file, "utf8") !== text) {
  console.error("openapi/openapi.json is not in step with the routes: run `npm run openapi`.");
  process.exit(1);
}
