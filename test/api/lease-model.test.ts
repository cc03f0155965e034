import { env, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Queues } from "../../src/queue/stub.ts";
import { during, evict, type Fault, sampleEachBatch } from "./faults.ts";
import { LeaseWorld, type Poll } from "./lease-world.ts";
import { rows } from "./planned.ts";
import { queueObject } from "./queue-world.ts";

/**
 * `LEASE_SEED=… vitest run test/api/lease-model.test.ts` plays other histories, `LEASE_HISTORIES=500` more of them, and
 * `LEASE_SEED=seed:number` one alone. Among those of the first seed is one in which a lease was lost when a queue learned late of a
 * reschedule.
 */
const [SEED = 0, ONLY] = (env.LEASE_SEED || "241326721").split(":").map(Number);
const HISTORIES = Number(env.LEASE_HISTORIES || 20);

/** Histories that the service once failed in: by seed and number. */
const ONCE_FAILED: { seed: number; number: number; what: string }[] = [
  { seed: 1001, number: 80, what: "a run was handed to its holder while it was scheduled anew and leased to another" },
  { seed: 1002, number: 17, what: "two queues were given the same priority at once" },
  { seed: 1003, number: 75, what: "of two polls of one caller one gave back what the other handed out" },
  { seed: 1004, number: 61, what: "a poll gave back what an earlier one of its caller had handed out" },
];

const AGENTS = ["a", "b", "c", "d"];
/** Steps of the clock, of which no sum is the length of a lease to the millisecond. */
const PAUSES = [1700, 4100, 7300, 16_100];
const HEAL = 31_700;

let start = Date.now();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
});
afterEach(() => {
  sampleEachBatch(null);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Act =
  | ({ do: "poll"; agent: string } & Omit<Poll, "agent">)
  | { do: "claim"; agent: string; pick: number }
  | { do: "create"; queue: number; seconds: number }
  | { do: "finish" | "cancel" | "delete"; pick: number }
  | { do: "reschedule"; pick: number; seconds: number }
  | { do: "limit"; place: string; limit: number | null }
  | { do: "pause"; place: string; paused: boolean }
  | { do: "prioritise"; queue: number }
  | { do: "evict" | "wake"; queue: number };

interface Step {
  acts: Act[];
  fault: Fault | null;
  isLost: boolean;
  millis: number;
}

const one = <T>(...values: T[]) => fc.constantFrom(...values);
/** A record of arbitraries, as one of the type that it makes. */
const of = <T>(fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<unknown> as fc.Arbitrary<T>;
const queue = fc.nat(1);
const pick = fc.nat(30);
const seconds = fc.integer({ min: -40, max: 25 });
const place = one("/work_pools/p", "/work_pools/p/queues/q0", "/work_pools/p/queues/q1");

const act = fc.oneof(
  {
    weight: 8,
    arbitrary: of<Act>({
      do: one("poll"),
      agent: one(...AGENTS),
      way: one("pool", "pool", "queue", "narrow"),
      queue,
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 6, arbitrary: of<Act>({ do: one("claim"), agent: one(...AGENTS), pick: fc.nat(3) }) },
  { weight: 4, arbitrary: of<Act>({ do: one("create"), queue, seconds }) },
  { weight: 4, arbitrary: of<Act>({ do: one("finish", "finish", "finish", "cancel", "delete"), pick }) },
  { weight: 2, arbitrary: of<Act>({ do: one("reschedule"), pick, seconds }) },
  { weight: 2, arbitrary: of<Act>({ do: one("limit"), place, limit: one(null, 0, 1, 2, 3) }) },
  { weight: 1, arbitrary: of<Act>({ do: one("pause"), place, paused: one(true, false, false) }) },
  { weight: 1, arbitrary: of<Act>({ do: one("prioritise"), queue }) },
  { weight: 1, arbitrary: of<Act>({ do: one("evict", "wake"), queue }) },
);
const fault = of<Fault>({ skip: fc.nat(2), kind: one("before", "after") });
const step = of<Step>({
  acts: fc.oneof(
    { weight: 3, arbitrary: fc.array(act, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(act, { minLength: 2, maxLength: 5 }) },
  ),
  fault: fc.oneof({ weight: 9, arbitrary: one(null) }, { weight: 1, arbitrary: fault }),
  isLost: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  millis: fc.oneof({ weight: 4, arbitrary: one(0) }, { weight: 3, arbitrary: one(...PAUSES) }, { weight: 1, arbitrary: one(HEAL) }),
});

async function objects(world: LeaseWorld) {
  const found = await rows<{ id: string }>(
    "SELECT id FROM work_queues WHERE tenant_id = ?1 AND name IN ('q0', 'q1') ORDER BY name",
    world.me.workspaceId,
  );
  return found.map(({ id }) => ({ id, object: () => queueObject(world.me, id) }));
}

async function perform(world: LeaseWorld, taken: Exclude<Act, { do: "poll" }>): Promise<void> {
  const { me, made } = world;
  const chosen = "pick" in taken && made.length > 0 ? made[taken.pick % made.length] : undefined;
  const propose = (state: object, more: object = {}) => me.post(`/flow_runs/${chosen}/set_state`, { state, ...more });
  const timed = (from: number) => ({
    type: "SCHEDULED",
    state_details: { scheduled_time: new Date(Date.now() + from * 1000 + 137).toISOString() },
  });
  if (taken.do === "claim") {
    const handed = world.handed.get(taken.agent) ?? [];
    const [id] = handed.splice(taken.pick % Math.max(1, handed.length), 1);
    if (id) await world.claim(taken.agent, id);
  } else if (taken.do === "create") {
    const answer = await me.post(`/deployments/${world.deployments[taken.queue]?.id}/create_flow_run`, { state: timed(taken.seconds) });
    if (answer.status === 201) made.push(answer.body.id);
  } else if (taken.do === "finish" && chosen) {
    await propose({ type: "RUNNING" });
    await propose({ type: "COMPLETED" });
  } else if (taken.do === "cancel" && chosen) await propose({ type: "CANCELLED" });
  else if (taken.do === "delete" && chosen) await me.delete(`/flow_runs/${chosen}`);
  else if (taken.do === "reschedule" && chosen) await propose(timed(taken.seconds));
  else if (taken.do === "limit") await me.patch(taken.place, { concurrency_limit: taken.limit });
  else if (taken.do === "pause") await me.patch(taken.place, { is_paused: taken.paused });
  else if (taken.do === "prioritise") await me.patch(`/work_pools/p/queues/q${taken.queue}`, { priority: 1 });
  else if (taken.do === "evict" || taken.do === "wake") {
    const found = (await objects(world))[taken.queue];
    if (!found) return;
    if (taken.do === "evict") return evict(found.object());
    await runInDurableObject(found.object(), (_, state) => state.storage.setAlarm(Date.now() + 3600_000));
    await runDurableObjectAlarm(found.object());
  }
}

/** A reconcile period passes, and each object is asked so that it compares itself with D1. */
async function heal(world: LeaseWorld): Promise<void> {
  vi.setSystemTime(Date.now() + HEAL);
  const nothing = { agent: "x", queue: 0, limit: 0 } as const;
  await world.ask({ ...nothing, way: "pool" });
  for (const queue of [0, 1]) await world.ask({ ...nothing, way: "queue", queue });
  world.healed();
}

async function take(world: LeaseWorld, { acts, fault, isLost, millis }: Step): Promise<void> {
  if (millis === HEAL) await heal(world);
  else vi.setSystemTime(Date.now() + millis);
  const before = await world.truth();
  if (isLost || fault) world.unsure();
  if (isLost)
    for (const name of ["notify", "refill", "queueChanged", "poolChanged"] as const)
      vi.spyOn(Queues.prototype, name).mockResolvedValue(true as never);
  const answers = await during(fault, () =>
    Promise.all(
      acts.map(async (taken) => {
        // A fault may hit the way there too: whoever asks then asks again later.
        if (taken.do !== "poll") return perform(world, taken).catch(() => undefined);
        return { poll: taken, handed: await world.ask(taken) };
      }),
    ),
  );
  vi.restoreAllMocks();
  const after = await world.truth();
  for (const answer of answers ?? []) {
    if (answer?.handed) world.check(answer.poll, answer.handed, before, after, acts.length === 1);
  }
}

/** When nothing holds anything back any more, all that is due is handed out, by one agent that asks and claims. */
async function drain(world: LeaseWorld): Promise<void> {
  const { me } = world;
  for (const path of ["/work_pools/p", "/work_pools/p/queues/q0", "/work_pools/p/queues/q1"]) {
    await me.must("PATCH", path, { is_paused: false, concurrency_limit: null });
  }
  for (let turn = 0; turn < 40; turn += 1) {
    await heal(world);
    const poll: Poll = { agent: "z", way: "pool", queue: 0, limit: 50 };
    const before = await world.truth();
    const handed = (await world.ask(poll)) ?? [];
    world.check(poll, handed, before, await world.truth(), true);
    if (handed.length === 0) break;
    for (const { id } of handed) await world.claim("z", id);
  }
  const left = [...(await world.truth()).runs.values()].filter(({ state }) => state === "SCHEDULED");
  if (left.length > 0) world.faults.push(`${left.map(({ id }) => id)} are never handed out`);
}

/** Plays histories of a seed: the first so many, or the one of a number. */
async function play(seed: number, histories: { first: number } | { number: number }): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 30 }), async (steps) => {
    const named = `LEASE_SEED=${seed}`;
    start += 24 * 3600_000;
    vi.setSystemTime(start);
    const world = await LeaseWorld.make();
    const created = [-30, -20, -10, -5, 5].flatMap((from) => [0, 1].map((queue) => ({ do: "create", queue, seconds: from }) as const));
    for (const each of created) await perform(world, each);
    for (const [index, each] of steps.entries()) {
      await take(world, each);
      expect([named, index, each, world.faults]).toEqual([named, index, each, []]);
    }
    await drain(world);
    await world.checkClaims();
    expect([named, world.faults]).toEqual([named, []]);
  });
  const which = "first" in histories ? { numRuns: histories.first } : { numRuns: 1, path: String(histories.number) };
  await fc.assert(property, { seed, ...which, endOnFailure: true });
}

it("leases, claims and limits are as the plain model has them in any history", async () => {
  await play(SEED, ONLY === undefined ? { first: HISTORIES } : { number: ONLY });
}, 900_000);

it.skipIf(Boolean(env.LEASE_SEED)).each(ONCE_FAILED)("also in one in which $what", ({ seed, number }) => play(seed, { number }), 60_000);
