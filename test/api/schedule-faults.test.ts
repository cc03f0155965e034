import { env } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tick } from "../../src/scheduler/tick.ts";
import { during, type Fault } from "./faults.ts";
import { ACTIONS, type Begun, expectPlan, heldEnv, scheduleOf } from "./plan-model.ts";
import { DAY } from "./planned.ts";
import { type Client, newTenant } from "./tenant.ts";

const MINUTE = 60_000;
/** As far as the clock may be wrong: less than runs are made ahead. */
const DRIFT = 30;

/** Half a minute past a minute, so that no occurrence is now; each world begins later than all before. */
let start = Math.floor(Date.now() / MINUTE) * MINUTE + MINUTE / 2;

beforeEach(() => {
  start += 400 * DAY;
  vi.useFakeTimers({ toFake: ["Date"], now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

async function world(names: readonly string[]): Promise<{ me: Client; ids: string[] }> {
  const me = await newTenant();
  const flow = await me.must("POST", "/flows/", { name: "f" });
  const ids: string[] = [];
  for (const [index, name] of names.entries()) {
    const schedules = [scheduleOf(index), scheduleOf(index + 1)];
    ids.push((await me.must("POST", "/deployments/", { name, flow_id: flow.id, schedules, parameters: { v: 0 }, tags: ["v0"] })).id);
  }
  return { me, ids };
}

/** Turns of the cron by clocks that drift, each of which goes on with what it has read when the actions are over. */
async function race(time: number, { drifts, hold }: { drifts: number[]; hold: number }, act: () => unknown[]): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const turns = drifts.map((minutes) => {
    const { held, env: slow } = heldEnv(hold, gate.promise);
    vi.setSystemTime(time + minutes * MINUTE);
    const turn = tick(slow, time + minutes * MINUTE).catch(() => undefined);
    return { turn, arrived: Promise.race([held, turn]) };
  });
  await Promise.all(turns.map(({ arrived }) => arrived));
  await Promise.allSettled(act());
  gate.resolve();
  await Promise.all(turns.map(({ turn }) => turn));
}

describe("each occurrence has one run", () => {
  const faults = (["before", "after"] as const).flatMap((kind) => [0, 1].map((skip): Fault => ({ skip, kind })));

  it.each(Object.keys(ACTIONS))("whatever becomes of the database during %s, and when it is asked for again", async (name) => {
    const { me, ids } = await world(faults.map(({ skip, kind }) => `${skip}-${kind}`));
    const begun: Begun = new Map();
    for (const [index, fault] of faults.entries()) {
      const act = () => ACTIONS[name]?.(me, ids[index] ?? "", 5) ?? Promise.reject(new Error(name));
      await during(fault, act);
      await expectPlan(me, begun, [name, fault]);
      await act();
      await expectPlan(me, begun, [name, fault, "again"]);
    }
  });

  it.each(Object.keys(ACTIONS))("when %s comes between what a turn of the cron reads and what it writes", async (name) => {
    const holds = [0, 1, 2, 3];
    const { me, ids } = await world(holds.map(String));
    const begun: Begun = new Map();
    for (const hold of holds) {
      const time = Date.now() + 5 * 60 * MINUTE;
      vi.setSystemTime(time);
      await race(time, { drifts: [0], hold }, () => ids.map((id) => ACTIONS[name]?.(me, id, 4 * hold + 1)));
      await expectPlan(me, begun, [name, hold]);
    }
  });

  it("whatever becomes of the database during a turn of the cron", async () => {
    const { me } = await world(["a", "b"]);
    const begun: Begun = new Map();
    for (const kind of ["before", "after"] as const) {
      for (let skip = 0; skip < 6; skip += 1) {
        vi.setSystemTime(Date.now() + 3 * 60 * MINUTE);
        await during({ skip, kind }, () => tick(env, Date.now()));
        await expectPlan(me, begun, [skip, kind]);
      }
    }
  });

  it("in any order of turns, changes, wrong clocks and faults", async () => {
    const fault = fc.option(fc.record<Fault>({ skip: fc.nat(2), kind: fc.constantFrom("before", "after") }), { freq: 3 });
    const action = fc.record({ do: fc.constantFrom(...Object.keys(ACTIONS)), on: fc.nat(2), number: fc.nat(40) });
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("act" as const), actions: fc.array(action, { minLength: 1, maxLength: 2 }), fault }),
      },
      // Changes while turns of the cron run, of clocks that disagree.
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("race" as const),
          minutes: fc.nat(200),
          hold: fc.nat(3),
          actions: fc.array(action, { maxLength: 2 }),
          drifts: fc.array(fc.integer({ min: -DRIFT, max: DRIFT }), { minLength: 1, maxLength: 3 }),
          fault,
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 3000 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
        start += 400 * DAY;
        let time = start;
        let latest = time;
        vi.setSystemTime(time);
        const { me, ids } = await world(["a", "b", "c"]);
        const begun: Begun = new Map();
        for (const [index, taken] of steps.entries()) {
          vi.setSystemTime(time);
          const act = (actions: { do: string; on: number; number: number }[]) =>
            actions.map((one) => ACTIONS[one.do]?.(me, ids[one.on] ?? "", one.number));
          if (taken.kind === "wait") {
            time += taken.minutes * MINUTE;
            vi.setSystemTime(time);
          } else if (taken.kind === "act") {
            await during(taken.fault, () => Promise.all(act(taken.actions)));
          } else {
            time += taken.minutes * MINUTE;
            latest = Math.max(latest, time + Math.max(...taken.drifts) * MINUTE);
            await during(taken.fault, () => race(time, taken, () => act(taken.actions)));
          }
          vi.setSystemTime(time);
          await expectPlan(me, begun, [index, taken], latest);
        }
      }),
      { numRuns: 10, endOnFailure: true },
    );
    expect.hasAssertions();
  }, 180_000);
});
