import type { Micros } from "../domain/time.ts";
import { MICROS_PER_SECOND } from "../domain/time.ts";
import { LATE_AFTER_SECONDS } from "../store/late-runs.ts";
import type { Poll, RunNotice } from "./messages.ts";

/** A run handed out this often without a claim goes behind the others, so that it cannot block the head of the queue. */
const FRUITLESS_HAND_OUTS = 10;

/** As far as the clocks of pollers may differ. */
const CLOCK_SLACK = 5 * MICROS_PER_SECOND;

const LATE_AFTER = LATE_AFTER_SECONDS * MICROS_PER_SECOND;

/** Leases are given on runs due this soon, and with leases on a poll's bound reaches no further. */
const LEASE_AHEAD = 60 * MICROS_PER_SECOND;

/**
 * What becomes of a lease when a run turns out to have another state: one that was given on a state before it ends, one that was given
 * since stays, as when the notice of a change was lost or comes late, and a poll that D1 answered for was first.
 */
const KEPT = ["leased_to", "leased_at", "leased_until"]
  .map((column) => `${column} = iif(due.leased_at >= excluded.state_at, due.${column}, NULL)`)
  .join(", ");

/** A run that goes behind the others. */
const IS_FRUITLESS = `hand_outs >= ${FRUITLESS_HAND_OUTS}`;

export interface DueRun {
  runId: string;
  at: Micros;
  /** The time of its state. */
  stateAt: Micros;
  deploymentId: string | null;
}

/** A run that a poll may have. */
export interface Granted {
  runId: string;
  /** Handed out so often without a claim that it goes behind the others. */
  isFruitless: boolean;
}

/** A run that a poll is offered. */
export interface Offered extends Granted {
  /** A state of the run that is later than this voids the lease that the offer rests upon. */
  knownAt: Micros;
}

/** A run as the index knows it. */
export interface ListedRun {
  runId: string;
  at: Micros;
  /** How often it was leased without being claimed. */
  handOuts: number;
  isFruitless: boolean;
  lease: { caller: string; until: Micros } | null;
}

/** How far a poll reaches: with leases on no further than they are given. A poll without a bound is a preview. */
export const reachOf = ({ before, now, leaseSeconds }: Poll): Micros | null =>
  leaseSeconds > 0 && before !== null ? Math.min(before, now + LEASE_AHEAD) : before;

/**
 * The index of one queue's coming runs and their leases, in the object's own SQLite. It is a cache: D1 is the truth, and
 * a lease only hides a run. Every method is synchronous, so that no other event of the object can come between.
 */
export class LeaseIndex {
  private readonly sql: SqlStorage;
  private exists: boolean;
  private readonly longestLease: Micros;
  /** A run that nobody else holds: ?1 is now, ?2 the caller. */
  private readonly visible: string;

  constructor(sql: SqlStorage, leaseSeconds: number) {
    this.sql = sql;
    this.longestLease = leaseSeconds * MICROS_PER_SECOND + CLOCK_SLACK;
    this.visible = `(NOT ${this.held("?1")} OR leased_to = ?2)`;
    const [table] = sql.exec("SELECT sql FROM sqlite_master WHERE name = 'due'").toArray();
    // What an older version kept is a cache like all the rest: it is read anew.
    if (table && !String(table.sql).includes("offers")) sql.exec("DROP TABLE due");
    this.exists = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'due'").toArray().length > 0;
  }

  /**
   * Whether somebody holds a run at a time, a parameter; never null. A lease that goes on for longer than any does was given by a clock
   * that has been set back since: it is over.
   */
  private held(now: string): string {
    return `(leased_until IS NOT NULL AND leased_until > ${now} AND leased_until <= ${now} + ${this.longestLease})`;
  }

  /** Makes the table on the first write: an object asked for by a wrong id must leave nothing behind. */
  private create(): void {
    if (this.exists) return;
    this.exists = true;
    const { sql } = this;
    sql.exec(`CREATE TABLE IF NOT EXISTS due (
      run_id TEXT PRIMARY KEY,
      at INTEGER NOT NULL,
      state_at INTEGER NOT NULL,
      deployment_id TEXT,
      hand_outs INTEGER NOT NULL DEFAULT 0,
      leased_to TEXT,
      leased_at INTEGER,
      leased_until INTEGER,
      offers INTEGER NOT NULL DEFAULT 0,
      late INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID`);
    sql.exec("CREATE INDEX IF NOT EXISTS due_by_time ON due (at, run_id)");
  }

  /** Nothing of the index is left: the object's storage was deleted. */
  vanished(): void {
    this.exists = false;
  }

  /** Notes a run that is to come, unless a newer state of it is known already. A new time or state voids a lease from before. */
  put(notice: RunNotice & { scheduledAt: Micros }): void {
    this.create();
    this.sql.exec(
      `INSERT INTO due (run_id, at, state_at, deployment_id) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (run_id) DO UPDATE SET at = excluded.at, state_at = excluded.state_at, hand_outs = 0, late = 0, ${KEPT}
       WHERE excluded.state_at > due.state_at`,
      notice.runId,
      notice.scheduledAt,
      notice.stateAt,
      notice.deploymentId,
    );
  }

  /** Takes a run out, unless a newer state of it is known. */
  remove(runId: string, stateAt: Micros): void {
    if (!this.exists) return;
    this.sql.exec("DELETE FROM due WHERE run_id = ?1 AND state_at <= ?2", runId, stateAt);
  }

  /** Takes out runs that D1 no longer has for this queue, as was found after `at`: a state that is later may have brought one back. */
  drop(runIds: readonly string[], at: Micros): void {
    if (!this.exists) return;
    this.sql.exec("DELETE FROM due WHERE run_id IN (SELECT value FROM json_each(?1)) AND state_at <= ?2", JSON.stringify(runIds), at);
  }

  /** Takes out those of the runs that nobody holds. */
  dropUnleased(runIds: readonly string[], now: Micros): void {
    if (!this.exists) return;
    this.sql.exec(
      `DELETE FROM due WHERE run_id IN (SELECT value FROM json_each(?1)) AND NOT ${this.held("?2")}`,
      JSON.stringify(runIds),
      now,
    );
  }

  /**
   * Replaces the window by what D1 has, up to and including `edge` (null: D1 has no more). Runs that stay keep their
   * lease; those in `newer`, of which a notice came while D1 was read, are left alone.
   */
  replace(window: readonly DueRun[], edge: Micros | null, newer: ReadonlySet<string>): void {
    this.create();
    const rows = JSON.stringify(
      window.filter(({ runId }) => !newer.has(runId)).map(({ runId, at, stateAt, deploymentId }) => [runId, at, stateAt, deploymentId]),
    );
    const kept = JSON.stringify([...window.map(({ runId }) => runId), ...newer]);
    this.sql.exec("DELETE FROM due WHERE (?2 IS NULL OR at <= ?2) AND run_id NOT IN (SELECT value FROM json_each(?1))", kept, edge);
    this.sql.exec(
      `INSERT INTO due (run_id, at, state_at, deployment_id) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1) WHERE true
       ON CONFLICT (run_id) DO UPDATE SET at = excluded.at, state_at = excluded.state_at, hand_outs = 0, late = 0, ${KEPT} WHERE excluded.at <> due.at`,
      rows,
    );
  }

  /** How many runs are known up to a time. */
  countUntil(before: Micros | null): number {
    if (!this.exists) return 0;
    return Number(this.sql.exec("SELECT count(*) AS n FROM due WHERE ?1 IS NULL OR at <= ?1", before).one().n);
  }

  /** How many runs are known that somebody holds or that go behind the others: what is not to hide those that come after them. */
  countBlocked(now: Micros): number {
    if (!this.exists) return 0;
    return Number(this.sql.exec(`SELECT count(*) AS n FROM due WHERE ${this.held("?1")} OR ${IS_FRUITLESS}`, now).one().n);
  }

  /** Whether a poll is offered all that it asks for by runs up to a time that do not go behind the others. */
  hasEnough(poll: Poll, until: Micros): boolean {
    const first = this.peek({ ...poll, before: Math.min(until, reachOf(poll) ?? until) });
    return first.length >= poll.limit && !first.some(({ isFruitless }) => isFruitless);
  }

  /**
   * The runs a poll may have, in order, leased to its caller. A run the caller holds already stays visible to it and is
   * not leased anew: a caller that cannot take a run in time loses it to the others. A poll without a bound is how people
   * preview a queue: it sees later runs too, and leases only those that are due.
   */
  take(poll: Poll): Offered[] {
    const first = this.peek(poll);
    this.lease(
      first.map(({ runId }) => runId),
      poll,
    );
    return first.map(({ runId, stateAt, leasedAt, isFruitless }) => ({
      ...{ runId, isFruitless },
      knownAt: Math.max(stateAt, leasedAt ?? poll.now),
    }));
  }

  /** What `take` gives, before anything of it is leased. */
  private peek(poll: Poll): { runId: string; stateAt: Micros; leasedAt: Micros | null; isFruitless: boolean }[] {
    if (!this.exists) return [];
    const unheld = poll.isWaiting ? `NOT ${this.held("?1")} AND ?2 = ?2` : this.visible;
    const visible = poll.leaseSeconds > 0 ? unheld : "?1 = ?1 AND ?2 = ?2";
    return this.sql
      .exec(
        `SELECT run_id, state_at, iif(${this.held("?1")}, leased_at, NULL) AS leased_at, ${IS_FRUITLESS} AS is_fruitless FROM due
         WHERE (?3 IS NULL OR at <= ?3) AND (?4 IS NULL OR at >= ?4) AND ${visible}
         ORDER BY ${IS_FRUITLESS}, at, run_id LIMIT ?5`,
        poll.now,
        poll.caller,
        reachOf(poll),
        poll.after,
        poll.limit,
      )
      .toArray()
      .map(({ run_id, state_at, leased_at, is_fruitless }) => ({
        runId: String(run_id),
        stateAt: Number(state_at),
        leasedAt: leased_at === null ? null : Number(leased_at),
        isFruitless: Boolean(is_fruitless),
      }));
  }

  /**
   * The first of the runs, which the caller just read from D1, that it may have, leased to it: the lease of a run counts whichever way it
   * is asked for. Runs that the index does not know, as beyond its window, it learns.
   */
  takeThese(runs: readonly DueRun[], poll: Poll): Granted[] {
    this.create();
    this.sql.exec(
      `INSERT INTO due (run_id, at, state_at, deployment_id) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1) WHERE true
       ON CONFLICT (run_id) DO UPDATE SET at = excluded.at, state_at = excluded.state_at, hand_outs = 0, late = 0, ${KEPT}
       WHERE excluded.state_at > due.state_at AND excluded.at <> due.at`,
      JSON.stringify(runs.map(({ runId, at, stateAt, deploymentId }) => [runId, at, stateAt, deploymentId])),
    );
    const granted = this.sql
      .exec(
        `SELECT run_id, hand_outs FROM due WHERE run_id IN (SELECT value FROM json_each(?3)) AND ${this.visible}
         ORDER BY ${IS_FRUITLESS}, at, run_id LIMIT ?4`,
        poll.now,
        poll.caller,
        JSON.stringify(runs.map(({ runId }) => runId)),
        poll.limit,
      )
      .toArray()
      .map((row) => ({ runId: String(row.run_id), isFruitless: Number(row.hand_outs) >= FRUITLESS_HAND_OUTS }));
    this.lease(
      granted.map(({ runId }) => runId),
      poll,
    );
    return granted;
  }

  private lease(runIds: readonly string[], poll: Poll): void {
    if (poll.leaseSeconds === 0 || runIds.length === 0) return;
    const ids = JSON.stringify(runIds);
    // What the caller holds already it is offered once more: each offer that comes to nothing is given back.
    this.sql.exec(
      `UPDATE due SET offers = offers + 1 WHERE run_id IN (SELECT value FROM json_each(?3)) AND leased_to = ?2 AND ${this.held("?1")}`,
      poll.now,
      poll.caller,
      ids,
    );
    this.sql.exec(
      `UPDATE due SET leased_to = ?2, leased_at = ?1, leased_until = ?3, offers = 1, hand_outs = hand_outs + 1
       WHERE run_id IN (SELECT value FROM json_each(?4)) AND at <= ?5 AND NOT ${this.held("?1")}`,
      poll.now,
      poll.caller,
      poll.now + poll.leaseSeconds * MICROS_PER_SECOND,
      ids,
      poll.now + LEASE_AHEAD,
    );
  }

  /** Whether a poll would see a run of one of the deployments. */
  hasRunOf(deploymentIds: readonly string[], poll: Poll): boolean {
    if (!this.exists) return false;
    return (
      this.sql
        .exec(
          `SELECT 1 FROM due WHERE (?3 IS NULL OR at <= ?3) AND deployment_id IN (SELECT value FROM json_each(?4)) AND ${this.visible} LIMIT 1`,
          poll.now,
          poll.caller,
          reachOf(poll),
          JSON.stringify(deploymentIds),
        )
        .toArray().length > 0
    );
  }

  /**
   * Gives back runs that a poll of a time was offered and did not hand out. A lease ends with the last of its offers: another poll of
   * the caller may have handed the run out. One that began since is not this poll's.
   */
  release(runIds: readonly string[], caller: string, at: Micros): void {
    if (!this.exists) return;
    const isLast = (column: string, given: string) => `${column} = iif(offers <= 1, ${given}, ${column})`;
    this.sql.exec(
      `UPDATE due SET ${isLast("leased_to", "NULL")}, ${isLast("leased_until", "NULL")}, ${isLast("hand_outs", "max(0, hand_outs - 1)")}, offers = offers - 1
       WHERE leased_to = ?1 AND leased_at <= ?3 AND run_id IN (SELECT value FROM json_each(?2))`,
      caller,
      JSON.stringify(runIds),
      at,
    );
  }

  /** Runs that are due or leased, in the queue's order. */
  listed(now: Micros, limit: number): ListedRun[] {
    if (!this.exists) return [];
    return this.sql
      .exec(
        `SELECT run_id, at, hand_outs, leased_to, leased_until, ${this.held("?1")} AS is_held FROM due WHERE at <= ?1 OR ${this.held("?1")}
         ORDER BY ${IS_FRUITLESS}, at, run_id LIMIT ?2`,
        now,
        limit,
      )
      .toArray()
      .map(({ run_id, at, hand_outs, leased_to, leased_until, is_held }) => ({
        runId: String(run_id),
        at: Number(at),
        handOuts: Number(hand_outs),
        isFruitless: Number(hand_outs) >= FRUITLESS_HAND_OUTS,
        lease: is_held ? { caller: String(leased_to), until: Number(leased_until) } : null,
      }));
  }

  /** How many live leases there are. */
  countLeases(now: Micros): number {
    if (!this.exists) return 0;
    return Number(this.sql.exec(`SELECT count(*) AS n FROM due WHERE ${this.held("?1")}`, now).one().n);
  }

  /** How many live leases callers other than this one hold. */
  countOthersLeases(caller: string, now: Micros): number {
    if (!this.exists) return 0;
    return Number(this.sql.exec(`SELECT count(*) AS n FROM due WHERE ${this.held("?1")} AND leased_to <> ?2`, now, caller).one().n);
  }

  /** When the next run may be had by one who has all that is to be had now; null when none is known. */
  nextAt(now: Micros): Micros | null {
    if (!this.exists) return null;
    const row = this.sql
      .exec(
        `SELECT (SELECT min(at) FROM due WHERE at > ?1 AND NOT ${this.held("?1")}) AS coming,
           (SELECT min(max(leased_until, at)) FROM due WHERE ${this.held("?1")}) AS freed`,
        now,
      )
      .one();
    const times = [row.coming, row.freed].filter((at) => at !== null).map(Number);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** When the next run becomes late; null when none is to. */
  nextLateAt(): Micros | null {
    if (!this.exists) return null;
    const row = this.sql.exec("SELECT min(at) AS at FROM due WHERE late = 0").one();
    return row.at === null ? null : Number(row.at) + LATE_AFTER;
  }

  /** Runs whose time passed long enough ago to be late and that were not marked yet. */
  lateRuns(now: Micros, limit: number): string[] {
    if (!this.exists) return [];
    return this.sql
      .exec("SELECT run_id FROM due WHERE late = 0 AND at <= ?1 ORDER BY at LIMIT ?2", now - LATE_AFTER, limit)
      .toArray()
      .map((row) => String(row.run_id));
  }

  /** Notes that these runs were looked at for lateness. */
  markedLate(runIds: readonly string[]): void {
    if (!this.exists) return;
    this.sql.exec("UPDATE due SET late = 1 WHERE run_id IN (SELECT value FROM json_each(?1))", JSON.stringify(runIds));
  }
}
