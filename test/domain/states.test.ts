import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Decision, NO_EFFECTS } from "../../src/domain/states/decision.ts";
import { orchestrateFlowRun, orchestrateTaskRun } from "../../src/domain/states/orchestrate.ts";
import { isTerminal, proposeState } from "../../src/domain/states/state.ts";
import type { RunFacts, State } from "../../src/domain/states/types.ts";
import { anyFlowMove, anyTaskMove, NOW, past } from "./state-machine.ts";

interface Move {
  readonly run: RunFacts;
  readonly initial: State | null;
  readonly decision: Decision<RunFacts>;
}

const freeze = <T>(value: T): T => {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
};
const decidedFlow = anyFlowMove.map((input) => ({ ...input, decision: orchestrateFlowRun(freeze(input)) }));
const decidedTask = anyTaskMove.map((input) => ({ ...input, decision: orchestrateTaskRun(freeze(input)) }));
const decided: fc.Arbitrary<Move> = fc.oneof(decidedFlow, decidedTask);
const always = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void) => fc.assert(fc.property(arbitrary, check), { numRuns: 3000 });

describe("every transition", () => {
  test("leaves its input as it was", () => {
    // The arbitraries decide on frozen inputs: a write to one throws.
    always(decided, () => {});
  });

  test("writes a state or answers the present one", () => {
    always(decided, ({ initial, decision: { status, written, state, error } }) => {
      if (error === null) expect(state).toEqual(written ?? initial);
      if (status === "WAIT" || status === "ABORT") expect(written).toBeNull();
      if (status === "ACCEPT") expect(written).not.toBeNull();
    });
  });

  test("does nothing beside the run's columns when it writes no state", () => {
    always(decided, ({ decision: { written, effects } }) => {
      if (written === null) expect(effects).toEqual(NO_EFFECTS);
    });
  });

  test("changes nothing when it fails", () => {
    always(decided, ({ decision }) => {
      if (decision.error !== null) expect(decision).toMatchObject({ state: null, written: null, run: {}, effects: NO_EFFECTS });
    });
  });

  test("moves the run's time forward, whatever the clock says", () => {
    always(decided, ({ initial, decision: { written } }) => {
      if (initial !== null && written !== null) expect(written.timestamp).toBeGreaterThan(initial.timestamp);
    });
  });

  test("never takes run time away", () => {
    always(decided, ({ run, initial, decision: { run: changed, written } }) => {
      const { totalRunTimeMicros = run.totalRunTimeMicros } = changed;
      const spent = initial?.type === "RUNNING" && written !== null ? written.timestamp - initial.timestamp : 0;
      expect(totalRunTimeMicros).toBe(run.totalRunTimeMicros + spent);
    });
  });

  test("names only columns that change", () => {
    always(decided, ({ run, decision }) => {
      for (const [key, value] of Object.entries(decision.run)) expect(run[key as keyof RunFacts]).not.toEqual(value);
    });
  });

  test("keeps an end time for runs that ended, and only for those", () => {
    always(decided, ({ run, initial, decision: { run: changed, written } }) => {
      if (written === null || initial === null || (run.endAt !== null && !isTerminal(initial))) return;
      const { endAt, startAt } = { ...run, ...changed };
      if (!isTerminal(written)) expect(endAt).toBeNull();
      else if (startAt !== null) expect(endAt).not.toBeNull();
    });
  });
});

describe("a finished flow run", () => {
  const finished = decidedFlow.filter(({ initial, policy }) => policy === "core" && initial !== null && isTerminal(initial));

  test("is left only by force or to run again", () => {
    always(finished, ({ initial, run, decision: { written } }) => {
      if (written === null || isTerminal(written)) return;
      expect(initial?.type).not.toBe("CANCELLED");
      expect(["SCHEDULED", "PENDING", "RUNNING"]).toContain(written.type);
      if (written.type === "SCHEDULED") expect(run.deploymentId).not.toBeNull();
    });
  });

  test("stays completed when its result is kept", () => {
    const completed = past({ type: "COMPLETED", data: { type: "reference" } });
    always(anyFlowMove, (input) => {
      const { written } = orchestrateFlowRun({ ...input, initial: completed, policy: "core" });
      if (written !== null) expect(isTerminal(written)).toBe(true);
    });
  });
});

test("a repeated transition id never writes, whatever it asks for", () => {
  always(anyFlowMove, (input) => {
    const first = orchestrateFlowRun({ ...input, policy: "core" });
    if (first.written?.details.transitionId == null) return;
    const repeated = proposeState({ type: input.proposed.type, details: { transitionId: first.written.details.transitionId } }, NOW);
    const second = orchestrateFlowRun({
      ...input,
      run: { ...input.run, ...first.run },
      initial: first.written,
      proposed: repeated,
      policy: "core",
    });
    expect(second).toMatchObject({ status: "REJECT", written: null, state: first.written, run: {} });
  });
});

test("tag limits are never exceeded, nor held by a run that does not run", () => {
  always(decidedTask, ({ limits, decision: { written, effects } }) => {
    for (const { id, limit, activeSlots } of limits) {
      const change = effects.slots.find((slot) => slot.limitId === id)?.change;
      const holds = change === "take" || (activeSlots.includes("task-run") && change !== "release");
      if (change === "take") expect(activeSlots.length).toBeLessThan(limit);
      if (written !== null && written.type !== "RUNNING" && written.type !== "CANCELLING") expect(holds).toBe(false);
    }
  });
});
