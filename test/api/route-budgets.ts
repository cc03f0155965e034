import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Client, newTenant, send } from "./tenant.ts";
import { bodyOf, type Operation, operations, pathOf, populate, type World } from "./world.ts";

/** What an operation may cost at most. */
type Budget = [roundTrips: number, objectCalls: number];

const FREE: Budget = [0, 0];
/** What is decided on is read first. */
const READ_THEN_WRITE: Budget = [2, 0];
/** The queue, and with it what else is said, is told after the commit. */
const WRITE_AND_TELL: Budget = [1, 1];
const READ_WRITE_TELL: Budget = [2, 1];

/** The budgets of the operations that cost anything else than one D1 round trip. */
const BUDGETS: Record<string, Budget> = {
  "POST /signin": READ_THEN_WRITE,
  "POST /close-account": READ_THEN_WRITE,
  "GET /version": FREE,
  "GET /openapi.json": FREE,
  "GET /hello": FREE,
  "GET /csrf-token": FREE,
  "GET /admin/settings": FREE,
  "GET /admin/version": FREE,
  "POST /admin/database/clear": FREE,
  "POST /admin/database/drop": FREE,
  "POST /admin/database/create": FREE,
  "GET /collections/views/{view}": FREE,
  "POST /block_types/install_system_block_types": FREE,
  "POST /ui/schemas/validate": FREE,
  "POST /schedules/preview": FREE,
  "POST /templates/validate": FREE,

  // A new queue is told to its pool too, and the runners of the deployment hear of it; one that changes its queue tells both.
  "POST /deployments/": [2, 3],
  "PATCH /deployments/{id}": [2, 4],
  "DELETE /deployments/{id}": WRITE_AND_TELL,
  // How many keys there are.
  "POST /api_keys/": READ_THEN_WRITE,
  // The deployment, and the block that says where its code is.
  "GET /deployments/{id}/files": READ_THEN_WRITE,
  "POST /deployments/{id}/set_schedule_active": READ_WRITE_TELL,
  "POST /deployments/{id}/resume_deployment": READ_WRITE_TELL,
  "POST /deployments/{id}/set_schedule_inactive": READ_WRITE_TELL,
  "POST /deployments/{id}/pause_deployment": READ_WRITE_TELL,
  "POST /deployments/{id}/schedules": READ_WRITE_TELL,
  "PATCH /deployments/{id}/schedules/{schedule_id}": READ_WRITE_TELL,
  "DELETE /deployments/{id}/schedules/{schedule_id}": READ_WRITE_TELL,
  "POST /deployments/{id}/schedule": READ_WRITE_TELL,
  "POST /deployments/{id}/create_flow_run": [2, 2],

  "POST /flow_runs/": WRITE_AND_TELL,
  "DELETE /flow_runs/{id}": WRITE_AND_TELL,
  "POST /flow_runs/{id}/set_state": READ_WRITE_TELL,
  "POST /flow_runs/{id}/resume": READ_WRITE_TELL,
  "POST /task_runs/{id}/set_state": READ_THEN_WRITE,

  // One to verify what the objects offer, none when they offer nothing; and once a minute one more, after the answer, to note the
  // poll. A pool's object asks the pool's queues, three here.
  "POST /work_queues/{id}/get_runs": [2, 1],
  "POST /work_pools/{name}/get_scheduled_flow_runs": [2, 4],
  // What the objects hand out one reads; there is nothing to wait for.
  "POST /work_pools/{name}/lease": [1, 1],
  // A runner's object knows whether anything is due; each queue that the runs are in leases them.
  "POST /deployments/get_scheduled_flow_runs": [2, 3],

  "POST /work_pools/": WRITE_AND_TELL,
  "PATCH /work_pools/{name}": WRITE_AND_TELL,
  // Each of the pool's queues is told.
  "DELETE /work_pools/{name}": [1, 4],
  "PUT /work_pools/{name}/recovery": [1, 3],
  // The queue's object says who holds what.
  "GET /work_queues/{id}/leases": WRITE_AND_TELL,
  "POST /work_pools/{work_pool_name}/workers/heartbeat": WRITE_AND_TELL,
  "DELETE /work_pools/{work_pool_name}/workers/{name}": WRITE_AND_TELL,
  // Priorities are unique in a pool: its queues are read. Pool and queue are told.
  "POST /work_queues/": READ_WRITE_TELL,
  "PATCH /work_queues/{id}": [2, 2],
  "DELETE /work_queues/{id}": [2, 2],
  "POST /work_pools/{work_pool_name}/queues": READ_WRITE_TELL,
  "PATCH /work_pools/{work_pool_name}/queues/{name}": [2, 2],
  "DELETE /work_pools/{work_pool_name}/queues/{name}": [2, 2],

  // Nothing is written when nothing changes.
  "PATCH /block_types/{id}": READ_THEN_WRITE,
  // What it refers to is read; and what it holds, which is encrypted, to be merged with.
  "POST /block_schemas/": READ_THEN_WRITE,
  "PATCH /block_documents/{id}": READ_THEN_WRITE,
  // The time to wait is worked out from the limits.
  "POST /v2/concurrency_limits/increment": READ_THEN_WRITE,

  // Sockets are sent what is recorded.
  "POST /events": WRITE_AND_TELL,
  // Whether it would set itself off is found out first.
  "PATCH /automations/{id}": READ_THEN_WRITE,
};

/** One round trip: what reads is one select or batch, and most of what writes is one guarded batch. */
const DEFAULT: Budget = [1, 0];

/** Operations that never succeed, and what they answer. */
const REFUSED: Record<string, number> = {
  "GET /csrf-token": 422,
  "POST /admin/database/clear": 403,
  "POST /admin/database/drop": 403,
  // A socket is no request like the others.
  "GET /work_pools/{name}/lease": 426,
};

/** Calls what is no route of a tenant's: people sign up and in with a password. */
async function callOutside(path: string): Promise<Answer> {
  const account = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse" };
  const post = (to: string, headers: Record<string, string>, body?: object) =>
    send(
      new Request(`http://slipway.test${to}`, {
        method: "POST",
        headers: { origin: "http://slipway.test", "content-type": "application/json", ...headers },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  const signedUp = await post("/signup", {}, account);
  if (path === "/signup") return signedUp;
  return ["/signin", "/close-account"].includes(path)
    ? post(path, {}, account)
    : post(path, { cookie: signedUp.headers.get("set-cookie")?.split(";")[0] ?? "" });
}

/** Operations that answer only where events are kept. */
export const isOfEvents = ({ tag }: Operation): boolean => tag === "Events" || tag === "Automations";

/** The tests that each of the operations succeeds within its budget. */
export function holdBudgets(held: readonly Operation[]): void {
  describe("the budget of", () => {
    let me: Client;
    let world: World;

    const renew = async () => {
      me = await newTenant();
      world = await populate(me);
    };
    beforeAll(renew);

    it.each(held.map((operation) => [operation.name, operation] as const))("%s is kept", async (name, operation) => {
      // What is deleted is deleted with what hangs on it.
      if (operation.method === "DELETE") await renew();
      const path = pathOf(world, operation);
      expect(path).not.toContain("unknown");
      const answer = operation.path.startsWith("/api/")
        ? await me.call(operation.method, path, bodyOf(world, operation))
        : await callOutside(operation.path);
      const refused = REFUSED[name];
      if (refused === undefined) expect([answer.status < 300, answer.body]).toEqual([true, answer.body]);
      else expect(answer.status).toBe(refused);
      const [roundTrips, objectCalls] = BUDGETS[name] ?? DEFAULT;
      expect(answer.cost.roundTrips).toBeLessThanOrEqual(roundTrips);
      expect(answer.cost.objectCalls).toBeLessThanOrEqual(objectCalls);
      if (operation.method === "DELETE") await renew();
    });
  });

  it("no budget is of an operation that is not there", () => {
    const names = new Set(operations.map(({ name }) => name));
    expect([...Object.keys(BUDGETS), ...Object.keys(REFUSED)].filter((name) => !names.has(name))).toEqual([]);
  });
}
