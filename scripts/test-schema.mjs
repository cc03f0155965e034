// Tries a fresh service (or the one at SLIPWAY_URL) at random, with schemathesis, by what the OpenAPI document says of it:
//   npm run test:schema                                   every operation
//   npm run test:schema -- --include-path-regex flows     further arguments go on to `schemathesis run`
// Fails at any 5xx and any answer that the document does not tell of. EVENTS=off tries the service without events.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { seed } from "../test/schema/seeds.mjs";
import { pythonEnvironment, root, signUp, withService } from "./service.mjs";

const CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"];
const DOCUMENT = path.join(root, "openapi/openapi.json");

/** Sign-up makes accounts, sign-in is throttled: neither is the tenant's API. */
const LEFT_OUT = ["/signup", "/signin", "/signout", "/close-account"];

/** Every bound of every field is tried with valid requests; invalid ones, of which there would be ten thousands, are drawn at random. */
const BOUNDS = '[phases.coverage.generation]\nmode = "positive"\n';

/** Calls the tenant's API for its seeds. */
const caller = (tenant) => async (method, route, body) => {
  const response = await fetch(tenant.api_url + route, {
    method,
    headers: { authorization: `Bearer ${tenant.api_key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${route} answered ${response.status}: ${await response.text()}`);
  return response.status === 204 ? null : response.json();
};

/** The seed that fits a parameter: an id of the path's noun, a place of its own, or the word that names all of them. */
function seedOf({ name, schema }, route, ids, word) {
  if (schema.enum) return undefined;
  if (name === "id") return ids[route.split("/")[2]];
  return ids[name] ?? (schema.format === undefined && schema.type === "string" ? word : undefined);
}

/**
 * The settings of schemathesis (TOML): what stands in the parameters of each operation most of the time. What is deleted is of the
 * second world, so that the first stays for the others.
 */
function settings(document, worlds) {
  const values = new Set();
  const operations = [];
  for (const [route, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const { ids, word } = worlds[method === "delete" ? 1 : 0];
      const places = (operation.parameters ?? []).map((parameter) => [
        `${parameter.in}.${parameter.name}`,
        seedOf(parameter, route, ids, word),
      ]);
      const schema = operation.requestBody?.content["application/json"].schema ?? {};
      const { properties = {} } = document.components.schemas[schema.$ref?.split("/").at(-1)] ?? schema;
      places.push(...Object.keys(properties).map((key) => [`body.${key}`, ids[key]]));
      const known = places.filter(([, value]) => value !== undefined);
      if (known.length === 0) continue;
      for (const [, value] of known) values.add(value);
      const bindings = known.map(
        ([place, value]) => `${JSON.stringify(place)} = { dictionary = ${JSON.stringify(value)}, probability = 0.7 }`,
      );
      const name = JSON.stringify(`${method.toUpperCase()} ${route}`);
      operations.push(`[[operations]]\ninclude-name = ${name}\nparameters = { ${bindings.join(", ")} }\n`);
    }
  }
  const dictionaries = [...values].map((value) => `[dictionaries.${JSON.stringify(value)}]\nvalues = [${JSON.stringify(value)}]\n`);
  return [BOUNDS, ...dictionaries, ...operations].join("\n");
}

/** Counts the operations in a JUnit report: those with a failure, and the others that were tried. */
function countOperations(report) {
  const failed = new Map();
  for (const [, name, , content = ""] of report.matchAll(/<testcase [^>]*?\bname="([^"]*)"[^>]*?(\/>|>([\s\S]*?)<\/testcase>)/g)) {
    if (!content.includes("<skipped")) failed.set(name, failed.get(name) || /<(failure|error)\b/.test(content));
  }
  const failures = [...failed.values()].filter(Boolean).length;
  return { passed: failed.size - failures, failures };
}

const events = process.env.EVENTS ?? "on";
const environment = await pythonEnvironment("schemathesis", path.join(root, "test/schema/requirements.txt"));
const scratch = mkdtempSync(path.join(tmpdir(), "slipway-schema-"));
try {
  process.exitCode = await withService({ EVENTS: events }, async (url, spawnSuite) => {
    const tenant = await signUp(url);
    const worlds = [];
    for (const word of ["seed1", "seed2"]) worlds.push({ word, ids: await seed(caller(tenant), word, events === "on") });
    const config = path.join(scratch, "schemathesis.toml");
    const report = path.join(scratch, "report.xml");
    writeFileSync(config, settings(JSON.parse(readFileSync(DOCUMENT, "utf8")), worlds));
    const args = [
      ...["--config-file", config, "run", DOCUMENT, "--url", url, "--header", `Authorization: Bearer ${tenant.api_key}`],
      ...["--checks", CHECKS.join(","), "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "12", "--seed", "1"],
      ...["--generation-database", "none", "--continue-on-failure", "--warnings", "off", "--workers", "2"],
      ...["--generation-with-security-parameters", "false", "--suppress-health-check", "all", "--request-timeout", "30"],
      ...["--report", "junit", "--report-junit-path", report],
      ...LEFT_OUT.flatMap((route) => ["--exclude-path", route]),
      ...process.argv.slice(2),
    ];
    const status = await spawnSuite(path.join(environment, "bin/schemathesis"), args, { cwd: scratch });
    const { passed, failures } = existsSync(report) ? countOperations(readFileSync(report, "utf8")) : { passed: 0, failures: 1 };
    console.log(`\nschema: ${passed} passed, ${failures} failed`);
    return status;
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
