import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";

/** Pollers that are remembered: those that asked last. */
const MOST_POLLERS = 50;
const MINUTE = 60 * MICROS_PER_SECOND;
/** Minutes of claims that are remembered. */
const MINUTES = 15;

/** Claims within the last minutes. They are counted in memory: from `since` on. */
export interface ClaimCounts {
  since: Micros;
  lastMinute: number;
  lastFiveMinutes: number;
  lastFifteenMinutes: number;
}

/** What happens at a queue, as far as its object remembers while it is awake: who polls, and how many runs were claimed. */
export class Activity {
  private readonly since: Micros;
  private readonly pollers = new Map<string, Micros>();
  /** By minutes since the epoch. */
  private readonly claims = new Map<number, number>();

  constructor(since: Micros) {
    this.since = since;
  }

  /** Notes a poll of a caller. */
  polled(caller: string, at: Micros): void {
    this.pollers.delete(caller);
    this.pollers.set(caller, at);
    const [oldest] = this.pollers.keys();
    if (this.pollers.size > MOST_POLLERS && oldest !== undefined) this.pollers.delete(oldest);
  }

  /** Notes that a run was claimed. */
  claimed(at: Micros): void {
    const minute = Math.floor(at / MINUTE);
    this.claims.set(minute, (this.claims.get(minute) ?? 0) + 1);
    for (const old of this.claims.keys()) if (old < minute - MINUTES) this.claims.delete(old);
  }

  /** Who polled, the last one first. */
  lastPolls(): { caller: string; at: Micros }[] {
    return [...this.pollers].map(([caller, at]) => ({ caller, at })).reverse();
  }

  /** The claims of the last one, five and fifteen minutes, the present one included. */
  counts(now: Micros): ClaimCounts {
    const minute = Math.floor(now / MINUTE);
    const within = (minutes: number) => [...this.claims].reduce((sum, [at, count]) => (at > minute - minutes ? sum + count : sum), 0);
    return { since: this.since, lastMinute: within(1), lastFiveMinutes: within(5), lastFifteenMinutes: within(MINUTES) };
  }
}
