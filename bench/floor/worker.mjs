import { DurableObject } from "cloudflare:workers";

// The floor: the fewest D1 statements that could serve each call, and nothing else: no key, no validation, no rules.
const SCHEMA = `CREATE TABLE IF NOT EXISTS deployment (tenant TEXT, id TEXT, body TEXT, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (tenant TEXT, id TEXT, state_id TEXT, type TEXT, name TEXT, expected INTEGER, body TEXT, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS run_by_expected ON run (tenant, expected DESC);
CREATE TABLE IF NOT EXISTS state (tenant TEXT, run_id TEXT, at INTEGER, id TEXT, body TEXT, PRIMARY KEY (tenant, run_id, at, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (tenant TEXT, run_id TEXT, at TEXT, n INTEGER, body TEXT, PRIMARY KEY (tenant, run_id, at, n)) WITHOUT ROWID`;
const T = "t";
export class Queue extends DurableObject {
  async peek() {
    return [];
  }
}
const json = (v, status = 200) => new Response(JSON.stringify(v), { status, headers: { "content-type": "application/json" } });
async function insertRun(db, id, body) {
  const state = crypto.randomUUID(),
    now = Date.now();
  await db.batch([
    db.prepare("INSERT INTO run VALUES (?1,?2,?3,'SCHEDULED','Scheduled',?4,?5)").bind(T, id, state, now, JSON.stringify(body)),
    db.prepare("INSERT INTO state VALUES (?1,?2,?3,?4,?5)").bind(T, id, now, state, "{}"),
  ]);
}
export default {
  async fetch(request, env) {
    const url = new URL(request.url),
      path = url.pathname.replace(/^\/api/, ""),
      db = env.DB;
    if (path === "/init") {
      for (const s of SCHEMA.split(";")) await db.prepare(s).run();
      return json(true);
    }
    const body = request.method === "POST" ? JSON.parse((await request.text()) || "null") : null;
    const part = path.split("/");
    if (path === "/flows/" || path === "/work_pools/") return json({ id: crypto.randomUUID(), ...body }, 201);
    if (path === "/deployments/") {
      const id = "d";
      await db.batch([
        db
          .prepare("INSERT INTO deployment VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET body = excluded.body")
          .bind(T, id, JSON.stringify(body)),
      ]);
      return json({ id, ...body }, 201);
    }
    if (part[3] === "create_flow_run") {
      const d = await db.prepare("SELECT body FROM deployment WHERE tenant=?1 AND id=?2").bind(T, part[2]).first();
      const id = crypto.randomUUID(),
        run = { id, ...JSON.parse(d.body), ...body };
      await insertRun(db, id, run);
      return json(run, 201);
    }
    if (path === "/task_runs/") {
      const id = crypto.randomUUID(),
        run = { id, ...body };
      await insertRun(db, id, run);
      return json(run, 201);
    }
    if (part[3] === "set_state") {
      const run = await db.prepare("SELECT state_id, body FROM run WHERE tenant=?1 AND id=?2").bind(T, part[2]).first();
      const next = crypto.randomUUID();
      await db.batch([
        db
          .prepare("UPDATE run SET state_id=?1, type=?2 WHERE tenant=?3 AND id=?4 AND state_id=?5")
          .bind(next, body.state.type, T, part[2], run.state_id),
        db.prepare("INSERT INTO state VALUES (?1,?2,?3,?4,?5)").bind(T, part[2], Date.now(), next, JSON.stringify(body.state)),
      ]);
      return json({ status: "ACCEPT", state: { id: next, ...body.state }, details: {} }, 201);
    }
    if (part[1] === "flow_runs" && request.method === "GET")
      return json(await db.prepare("SELECT * FROM run WHERE tenant=?1 AND id=?2").bind(T, part[2]).first());
    if (path.endsWith("get_scheduled_flow_runs")) {
      await env.QUEUE.get(env.QUEUE.idFromName(part[2])).peek();
      if (part[2].includes("idle")) return json([]);
      return json((await db.prepare("SELECT * FROM run WHERE tenant=?1 ORDER BY expected DESC LIMIT 10").bind(T).all()).results);
    }
    if (path === "/flow_runs/filter")
      return json(
        (
          await db
            .prepare("SELECT * FROM run WHERE tenant=?1 AND type IN ('SCHEDULED','RUNNING') ORDER BY expected DESC LIMIT 50")
            .bind(T)
            .all()
        ).results,
      );
    if (path === "/logs/") {
      await db.batch([
        db
          .prepare("INSERT INTO log SELECT ?1, value->>'flow_run_id', value->>'timestamp', random(), value FROM json_each(?2)")
          .bind(T, JSON.stringify(body)),
      ]);
      return json(null, 201);
    }
    return json({ detail: "Not Found" }, 404);
  },
};
