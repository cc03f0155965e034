import { afterEach, beforeEach, expect, vi } from "vitest";
import { as, move, type QueueWorld, queueWorld } from "./queue-world.ts";
import type { Answer, Body } from "./tenant.ts";

/** Gives each test of a file a time of its own, later than all before: the service's clock never goes back. */
export function keepTime(): void {
  let start = Date.now();
  beforeEach(() => {
    start += 24 * 3600_000;
    vi.useFakeTimers({ toFake: ["Date"], now: start });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

export const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

export interface World extends QueueWorld {
  deployment: Body;
  queue: Body;
  due(secondsAgo: number): Promise<string>;
  /** The two ways to ask for what is due, as a caller of this name; the whole answer. */
  ask: Record<"pool" | "queue", (name: string) => Promise<Answer>>;
  /** A poll that is handed nothing: the queue looks at what it knows. */
  touch(): Promise<unknown>;
}

export async function leaseWorld(): Promise<World> {
  const world = await queueWorld();
  const deployment = await world.deploy("d", "q");
  const queue = await world.me.must("GET", "/work_pools/p/queues/q");
  const soon = (body: Body = {}) => ({ scheduled_before: new Date(Date.now() + 10_000).toISOString(), ...body });
  return {
    ...world,
    poll: (name, body) => world.poll(name, soon(body)),
    touch: () => world.me.must("POST", `/work_queues/${queue.id}/get_runs`, soon({ limit: 0 }), as("x")),
    deployment,
    queue,
    due: (secondsAgo) => world.run(deployment, secondsAgo),
    ask: {
      pool: (name) => world.me.post("/work_pools/p/get_scheduled_flow_runs", soon(), as(name)),
      queue: (name) => world.me.post(`/work_queues/${queue.id}/get_runs`, soon(), as(name)),
    },
  };
}

export const idsOf = ({ body }: Answer): string[] => body.map((item: Body) => (item.flow_run ?? item).id);

/** 503 with a time to try again: all other refusals end a poller or count as a fault of it. */
export function expectTryAgain(answer: Answer): void {
  expect([answer.status, answer.headers.get("retry-after"), answer.body]).toEqual([503, "1", { exception_message: "Service Unavailable" }]);
}

export const statesOf = async ({ me }: World, id: string): Promise<string[]> =>
  (await me.must("GET", `/flow_run_states/?flow_run_id=${id}`)).map((state: Body) => state.type);

export const reschedule = (world: World, id: string, secondsAgo: number) =>
  move(world.me, id, "SCHEDULED", {
    state: { type: "SCHEDULED", state_details: { scheduled_time: new Date(Date.now() - secondsAgo * 1000).toISOString() } },
    force: true,
  });
