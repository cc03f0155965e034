#!/usr/bin/env node
// What a turn of the scheduler costs on a full database, and how fast schedules are expanded:
//   npm run bench:schedules [-- --deployments 100000 --due 1000]
// Fails when the cost is more than that of the schedules that are due, or long expansions are slow. Needs Node >= 22, and a minute.
import { bundle, serve } from "./runtime.mjs";

const number = (name, fallback) => {
  const flag = process.argv.indexOf(`--${name}`);
  return flag > 0 ? Number(process.argv[flag + 1]) : fallback;
};
const deployments = number("deployments", 100_000);
const due = number("due", 1000);

const expansion = await import(
  `data:text/javascript;base64,${Buffer.from(await bundle("bench/schedules/expansion.ts")).toString("base64")}`
);
console.log("Expansion alone:");
console.table(expansion.measureExpansion());
const long = expansion.measureLongExpansion();
console.log("Long expansions, a thousand occurrences at a time:");
console.table(long);

const { database, call, stop } = await serve("bench/schedules/worker.ts");

/** Deployments `from` to `to` of one hourly schedule each, copies of the first. */
async function seed(tenantId, id, from, to) {
  const copy = async (table, key, replaced) => {
    const { results } = await database.prepare("SELECT name FROM pragma_table_info(?1)").bind(table).all();
    const names = results.map(({ name }) => name);
    const values = names.map((name) => replaced[name] ?? `own.${name}`).join(", ");
    const statement = database.prepare(
      `WITH RECURSIVE n (value) AS (SELECT ?3 UNION ALL SELECT value + 1 FROM n WHERE value < ?4)
        INSERT INTO ${table} (${names.join(", ")}) SELECT ${values} FROM n CROSS JOIN ${table} AS own WHERE own.tenant_id = ?1 AND own.${key} = ?2`,
    );
    for (let start = from; start <= to; start += 10_000) {
      await statement.bind(tenantId, id, start, Math.min(to, start + 9999)).run();
    }
  };
  const numbered = (column) => `substr(own.${column}, 1, 24) || printf('%012x', n.value)`;
  await copy("deployments", "id", { id: numbered("id"), name: "own.name || n.value" });
  await copy("deployment_schedules", "deployment_id", { id: numbered("id"), deployment_id: numbered("deployment_id") });
}

try {
  const { api_key: key, workspace } = await call("/signup", { email: "a@example.com", password: "correct horse", workspace: "w" });
  const flow = await call("/api/flows/", { name: "f" }, key);
  const { id } = await call("/api/deployments/", { name: "d", flow_id: flow.id, schedule: { interval: 3600 }, parameters: { x: 1 } }, key);

  /** Makes some deployments due that have no runs yet, and lets the scheduler fill them up. */
  const measure = async (from, count) => {
    const prefix = id.slice(0, 24);
    const hex = (value) => value.toString(16).padStart(12, "0");
    await database
      .prepare(
        "UPDATE deployment_schedules SET next_expand_at = 1 WHERE tenant_id = ?1 AND id IN (SELECT id FROM deployment_schedules WHERE tenant_id = ?1 AND deployment_id BETWEEN ?2 AND ?3)",
      )
      .bind(workspace.id, prefix + hex(from), prefix + hex(from + count - 1))
      .run();
    const begin = performance.now();
    const cost = await call("/bench/expand", {});
    const runs = await database.prepare("SELECT count(*) AS runs FROM flow_runs WHERE tenant_id = ?1").bind(workspace.id).first("runs");
    return { cost, millis: performance.now() - begin, runs };
  };

  await seed(workspace.id, id, 1, due);
  const small = await measure(1, due);
  await seed(workspace.id, id, due + 1, deployments);
  const large = await measure(due + 1, due);
  const double = await measure(2 * due + 1, 2 * due);
  const idle = await measure(deployments + 1, 1);
  const row = (stored, wanted, { cost, millis }) => ({
    deployments: stored,
    due: wanted,
    "round trips": cost.d1RoundTrips,
    queries: cost.d1Queries,
    "rows read": cost.rowsRead,
    "rows written": cost.rowsWritten,
    "wall ms": Math.round(millis),
  });
  console.log("A turn of the scheduler (each schedule wants three runs):");
  console.table([row(due, due, small), row(deployments, due, large), row(deployments, 2 * due, double), row(deployments, 0, idle)]);

  const faults = long
    .filter((row) => row["occurrences/s"] < row.wanted)
    .map((row) => `${row.schedule}: ${row["occurrences/s"]} occurrences a second, ${row.wanted} are wanted`);
  const holds = (isSo, text) => isSo || faults.push(`more than proportional: ${text}`);
  holds(double.runs === 3 + 3 * 4 * due, `${double.runs} runs were made instead of ${3 + 3 * 4 * due}`);
  for (const what of ["d1RoundTrips", "rowsRead", "rowsWritten"]) {
    const [base, full, twice] = [small, large, double].map(({ cost }) => cost[what]);
    holds(full <= base * 1.1 + 2, `${what}: ${full} with ${deployments} deployments, ${base} with those alone that are due`);
    holds(twice <= full * 2.1 + 2, `${what}: ${twice} for twice as many that are due, ${full} for once`);
  }
  holds(idle.cost.rowsRead <= 10 && idle.cost.rowsWritten === 0, "a turn with nothing due does something");
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  await stop();
}
