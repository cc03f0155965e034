import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fits, type GlobalLimit, neverFits, retryAfterSeconds, settle } from "../../src/domain/concurrency.ts";

const SECOND = 1_000_000;
const limitOf = (changes: Partial<GlobalLimit> = {}): GlobalLimit => ({
  name: "l",
  limit: 3,
  active: true,
  activeSlots: 0,
  deniedSlots: 0,
  slotDecayPerSecond: 0,
  avgSlotOccupancySeconds: 2,
  updatedAt: 0,
  ...changes,
});

const rates = fc.constantFrom(0.05, 0.1, 0.5, 1, 3, 10);
/** Gaps between those who ask, in microseconds. */
const gaps = fc.array(fc.integer({ min: 1, max: 5 * SECOND }), { minLength: 1, maxLength: 200 });

/** Asks for one slot after each gap; gives how many were given, and how long it all took. */
function ask(limit: GlobalLimit, waits: readonly number[]) {
  let state = limit;
  let granted = 0;
  let now = limit.updatedAt;
  for (const wait of waits) {
    now += wait;
    const fit = fits([state], 1, now);
    const settled = settle(state, now);
    state = { ...state, ...settled, ...(fit ? { activeSlots: settled.activeSlots + 1 } : { deniedSlots: settled.deniedSlots + 1 }) };
    if (fit) granted += 1;
  }
  return { granted, seconds: (now - limit.updatedAt) / SECOND, state };
}

describe("slots that decay", () => {
  test("whole slots go, at the limit's rate", () => {
    const limit = limitOf({ activeSlots: 3, deniedSlots: 2, slotDecayPerSecond: 0.5 });
    expect(settle(limit, 1.9 * SECOND)).toEqual({ activeSlots: 3, deniedSlots: 2, updatedAt: 0 });
    expect(settle(limit, 2.5 * SECOND)).toEqual({ activeSlots: 2, deniedSlots: 1, updatedAt: 2 * SECOND });
    expect(settle(limit, 60 * SECOND)).toEqual({ activeSlots: 0, deniedSlots: 0, updatedAt: 60 * SECOND });
  });

  test("held slots of a fixed limit stay, denied ones go at its average occupancy", () => {
    const limit = limitOf({ activeSlots: 3, deniedSlots: 2 });
    expect(settle(limit, 3 * SECOND)).toEqual({ activeSlots: 3, deniedSlots: 1, updatedAt: 2 * SECOND });
    expect(settle(limitOf({ activeSlots: 3 }), 3 * SECOND)).toEqual({ activeSlots: 3, deniedSlots: 0, updatedAt: 3 * SECOND });
  });

  test("a clock that goes back takes nothing away and gives nothing", () => {
    const limit = limitOf({ activeSlots: 2, slotDecayPerSecond: 1, updatedAt: 10 * SECOND });
    expect(settle(limit, 4 * SECOND).activeSlots).toBe(2);
  });

  test("no more is given than the limit and what decayed", () =>
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 10 }), gaps, (rate, limit, waits) => {
        const { granted, seconds } = ask(limitOf({ limit, slotDecayPerSecond: rate }), waits);
        expect(granted).toBeLessThanOrEqual(limit + rate * seconds + 1e-3);
      }),
    ));

  test("asking often takes nothing away: who always asks gets all that decays", () =>
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 20, max: 300 }), (rate, limit, asks) => {
        // Ten asks for each slot that decays, so that none is missed.
        const { granted, seconds } = ask(
          limitOf({ limit, slotDecayPerSecond: rate }),
          Array(asks * 10).fill(Math.floor(SECOND / rate / 10)),
        );
        expect(granted).toBeGreaterThanOrEqual(Math.floor(limit + rate * seconds) - 2);
      }),
    ));

  test("a limit without decay never gives more than it has", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), gaps, (limit, waits) => {
        expect(ask(limitOf({ limit }), waits).granted).toBe(Math.min(limit, waits.length));
      }),
    ));
});

describe("asking for slots", () => {
  test("more than an active limit has, or a fixed limit as a rate, can never be had", () => {
    expect(neverFits([limitOf({ limit: 1 })], 2, "concurrency")).toBe("Slots requested is greater than the limit");
    expect(neverFits([limitOf({ limit: 1, active: false })], 2, "rate_limit")).toBeUndefined();
    expect(neverFits([limitOf({ limit: 2 })], 2, "concurrency")).toBeUndefined();
    expect(neverFits([limitOf({ slotDecayPerSecond: 1 })], 2, "rate_limit")).toBeUndefined();
    expect(neverFits([limitOf({ name: "a" }), limitOf({ name: "b" })], 1, "rate_limit")).toBe(
      "Only concurrency limits with slot decay can be used for rate limiting. The following limits do not have a decay configured: 'a,b'",
    );
  });

  test("all active limits must have them", () => {
    const full = limitOf({ activeSlots: 3 });
    expect(fits([limitOf(), full], 1, 0)).toBe(false);
    expect(fits([limitOf(), { ...full, active: false }], 1, 0)).toBe(true);
    expect(fits([], 5, 0)).toBe(true);
  });

  test("the wait is that of the limit with the most to wait for", () => {
    expect(retryAfterSeconds([limitOf({ limit: 2 })], 1)).toBe(1);
    expect(retryAfterSeconds([limitOf({ limit: 2, deniedSlots: 3 }), limitOf({ limit: 8 })], 1)).toBe(4);
    expect(retryAfterSeconds([limitOf({ slotDecayPerSecond: 0.25, deniedSlots: 1 }), limitOf({ limit: 1 })], 1)).toBe(8);
    expect(retryAfterSeconds([limitOf({ active: false, deniedSlots: 100 }), limitOf({ limit: 1, avgSlotOccupancySeconds: 3 })], 1)).toBe(3);
    expect(retryAfterSeconds([limitOf({ limit: 1 }), limitOf({ limit: 1, avgSlotOccupancySeconds: 5 })], 1)).toBe(2);
  });
});
