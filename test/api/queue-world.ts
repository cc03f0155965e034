import { env } from "cloudflare:test";
import { type Body, type Client, newTenant } from "./tenant.ts";

/** A tenant with a pool `p`, and what tests of leases do with it. */
export interface QueueWorld {
  me: Client;
  flow: Body;
  /** Makes a deployment on a queue of the pool, and the queue when it is missing. */
  deploy(name: string, queue: string | null): Promise<Body>;
  /** Makes a run of a deployment that is due so many seconds ago; gives its id. */
  run(deployment: Body, secondsAgo: number): Promise<string>;
  /** What a worker of this name is handed by the pool. */
  poll(worker: string, body?: Body): Promise<string[]>;
}

/** Each caller is another one by its user agent. */
export const as = (name: string) => ({ "user-agent": name });

/** A fresh world; `pool` is the body of the pool's creation beyond its name and type. */
export async function queueWorld(pool: Body = {}): Promise<QueueWorld> {
  const me = await newTenant();
  await me.must("POST", "/work_pools/", { name: "p", type: "process", ...pool });
  const flow = await me.must("POST", "/flows/", { name: "f" });
  return {
    me,
    flow,
    deploy: (name, queue) => {
      const place = queue === null ? {} : { work_pool_name: "p", work_queue_name: queue };
      return me.must("POST", "/deployments/", { name, flow_id: flow.id, ...place });
    },
    run: async (deployment, secondsAgo) => {
      const scheduled_time = new Date(Date.now() - secondsAgo * 1000).toISOString();
      const state = { type: "SCHEDULED", state_details: { scheduled_time } };
      return (await me.must("POST", `/deployments/${deployment.id}/create_flow_run`, { state })).id;
    },
    poll: async (worker, body = {}) =>
      (await me.must("POST", "/work_pools/p/get_scheduled_flow_runs", body, as(worker))).map((item: Body) => item.flow_run.id),
  };
}

/** Proposes a state type to a run. */
export const move = (me: Client, id: string, type: string, more: Body = {}) =>
  me.post(`/flow_runs/${id}/set_state`, { state: { type }, ...more });

/** A queue's object; a stub anew each time, since one is of no use any more when its object was thrown out. */
export const queueObject = (me: Client, queueId: string) =>
  env.WORK_QUEUE.get(env.WORK_QUEUE.idFromName(`${me.workspaceId}/queue/${queueId}`));
