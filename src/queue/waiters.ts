import type { Counts } from "../observe/meter.ts";
import type { LeaseAnswer, LeaseCall } from "./messages.ts";

/** Calls that may wait at one pool; more are told to come again. */
const MOST_WAITERS = 1000;

const NO_COST: Counts = { d1RoundTrips: 0, d1Queries: 0, rowsRead: 0, rowsWritten: 0, durableObjectCalls: 0 };

/** A call that is held until there is something to answer it with. */
export interface Waiter extends LeaseCall {
  /** In milliseconds. */
  until: number;
  answer(answer: LeaseAnswer): true;
  fail(error: unknown): void;
}

/** The calls that wait at a pool, those first that came first. They are gone with their object: their callers ask again. */
export class Waiters {
  private readonly byId = new Map<string, Waiter>();

  get isFull(): boolean {
    return this.byId.size >= MOST_WAITERS;
  }

  get size(): number {
    return this.byId.size;
  }

  all(): Waiter[] {
    return [...this.byId.values()];
  }

  /** Holds a call; gives its answer. */
  hold(call: LeaseCall, now: number): Promise<LeaseAnswer> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): true => {
        this.byId.delete(call.waiterId);
        settle();
        return true;
      };
      this.byId.set(call.waiterId, {
        ...call,
        until: now + call.waitMillis,
        answer: (answer) => end(() => resolve(answer)),
        fail: (error) => end(() => reject(error)),
      });
    });
  }

  /** Whether a call still waits. */
  has(waiterId: string): boolean {
    return this.byId.has(waiterId);
  }

  /** Answers a call with nothing, as when its client has gone. */
  leave(waiterId: string): void {
    this.byId.get(waiterId)?.answer({ found: true, isFull: false, runs: [], cost: NO_COST });
  }

  /** Answers those of the calls with nothing whose time is over. */
  endOverdue(waiters: readonly Waiter[], now: number): void {
    for (const { waiterId, until } of waiters) if (until <= now) this.leave(waiterId);
  }

  /** When the first of them has waited long enough, in milliseconds; null when none waits. */
  firstEnd(): number | null {
    return this.byId.size === 0 ? null : Math.min(...this.all().map(({ until }) => until));
  }
}
