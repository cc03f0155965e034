import { DurableObject } from "cloudflare:workers";
import { uuid7 } from "../domain/ids.ts";
import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import { configOf, databaseOf, type Env } from "../env.ts";
import { log } from "../observe/log.ts";
import { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { type LateCandidate, markRunsLate } from "../store/late-runs.ts";
import { selectDueWindow, selectQueueConfig, selectQueuesOfDeployments } from "../store/polls.ts";
import { Activity } from "./activity.ts";
import { type DueRun, type Granted, LeaseIndex, reachOf } from "./lease.ts";
import {
  type InspectAnswer,
  type Owner,
  type Poll,
  type QueueConfig,
  type QueuePollAnswer,
  type RunNotice,
  type RunnerPollAnswer,
  UNQUEUED,
} from "./messages.ts";
import { workPoolObject } from "./names.ts";
import { PauseIndex } from "./pauses.ts";
import { RecoveryClock } from "./recovery-clock.ts";
import { RunnerDeployments } from "./runner-deployments.ts";
import { Watcher } from "./watcher.ts";

/** How many coming runs the index holds beside those that are held or go behind the others; the rest is read when these run out. */
const WINDOW = 500;
/** How many it holds at most. */
const WIDEST_WINDOW = 5000;
/** How long the index is believed before it is compared with D1 again: the bound on what a lost notice costs. */
const RECONCILE_MILLIS = 30_000;
/** A poll is noted in D1 once in this time. */
const NOTE_POLLED_MILLIS = 60_000;
/** Runs marked late in one alarm; the rest follow at once. */
const LATE_BATCH = 400;
/** How long an alarm that failed waits before its work is tried again. */
const RETRY_ALARM = 10 * MICROS_PER_SECOND;
/** Pauses ended in one alarm; each costs two round trips. */
const PAUSE_BATCH = 50;
/** How far ahead a runner's deployments are looked for in queues: longer than what is found is believed. */
const RUNNER_AHEAD = 5 * 60 * MICROS_PER_SECOND;

export interface Identity extends Owner {
  queueId: string;
}

/**
 * One work queue: who gets which run next. Its index of coming runs is filled from D1, kept by notices that the Worker
 * sends after each commit, and compared with D1 while it is polled. Losing all of it costs a read, never a run. What must
 * happen to runs at a time of theirs is done on its alarm; what that takes of the services its subclass supplies.
 */
export abstract class QueueObject extends DurableObject<Env> {
  private readonly index: LeaseIndex;
  private readonly pauses: PauseIndex;
  private readonly recovery: RecoveryClock;
  private readonly watcher: Watcher;
  private identity: Identity | null = null;
  private config: QueueConfig | null = null;
  /** When the index was last filled from D1, in milliseconds; 0 when it must be before it is used. */
  private filledAt = 0;
  /** The latest time the window reaches; null when it holds all there is. */
  private edge: Micros | null = null;
  private filling: Promise<void> | null = null;
  /** How often the queue was said to have changed: what was read before the last time is not believed. */
  private changes = 0;
  /** Runs of which a notice came while D1 was being read: what was read of them may be old. */
  private readonly noticed = new Set<string>();
  private polledNotedAt = 0;
  private readonly activity = new Activity(Date.now() * 1000);
  private readonly runnerDeployments = new RunnerDeployments();
  private alarmAt: Micros | null = null;
  /** The alarm's work goes on, after which the next one is set: what it tells this object meanwhile would set it too early. */
  private isWorking = false;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.index = new LeaseIndex(state.storage.sql, configOf(env).leaseSeconds);
    this.pauses = new PauseIndex(state.storage.sql);
    this.recovery = new RecoveryClock(state.storage.kv);
    this.watcher = new Watcher(state.storage.kv);
  }

  /** Fails a run whose pause has ended, if it is still paused. */
  protected abstract endPause(identity: Identity, runId: string): Promise<void>;

  /** Takes back the queue's runs that were claimed and never began; gives when to look again, null when there is nothing to look for. */
  protected abstract recoverPending(identity: Identity): Promise<Micros | null>;

  /** Tells of runs that may have been marked late, if events are kept. */
  protected abstract announceLate(identity: Identity, candidates: readonly LateCandidate[]): Promise<void>;

  /** Hands out due runs, leased to the caller; the caller of this method verifies them against D1. */
  async poll(owner: Owner, queueId: string, poll: Poll): Promise<QueuePollAnswer> {
    this.identify(owner, queueId);
    await this.fresh();
    const { config } = this;
    if (!config) {
      await this.forget();
      return { found: false };
    }
    if (poll.counts || poll.leaseSeconds > 0) this.activity.polled(poll.caller, poll.now);
    const notePolled = poll.counts && Math.abs(Date.now() - this.polledNotedAt) >= NOTE_POLLED_MILLIS;
    if (notePolled) this.polledNotedAt = Date.now();
    const offer = { queueId, limit: config.concurrencyLimit, ids: [] as string[], knownAt: [] as Micros[], behind: 0, othersLeases: 0 };
    if (config.isPaused || config.filter || config.concurrencyLimit === 0) {
      if (poll.isWaiting) this.watcher.asked({ ...owner, poolName: config.poolName }, null);
      return { found: true, config, offer, notePolled, nextAt: null };
    }
    // Before anything is leased: what is read may come before what is known.
    if (this.hidesSome(poll)) await this.fill();
    const offered = this.index.take(poll);
    offer.ids = offered.map(({ runId }) => runId);
    offer.knownAt = offered.map(({ knownAt }) => knownAt);
    offer.behind = offered.filter(({ isFruitless }) => isFruitless).length;
    if (!poll.isWaiting) {
      offer.othersLeases = this.index.countOthersLeases(poll.caller, poll.now);
      return { found: true, config, offer, notePolled, nextAt: null };
    }
    offer.othersLeases = this.index.countLeases(poll.now) - offer.ids.length;
    const times = [this.index.nextAt(poll.now), this.edge].filter((at) => at !== null && at > poll.now) as Micros[];
    const nextAt = times.length === 0 ? null : Math.min(...times);
    this.watcher.asked({ ...owner, poolName: config.poolName }, nextAt);
    return { found: true, config, offer, notePolled, nextAt };
  }

  /** The pool's coordinator has waiters for whom there was no slot: it is told of every run that may have freed one. */
  watchSlots(owner: Owner, queueId: string, poolName: string): void {
    this.identify(owner, queueId);
    this.watcher.asked({ ...owner, poolName }, null);
    this.watcher.wantSlots();
    this.stir(Date.now() * 1000);
  }

  /**
   * Says whether a runner's poll of deployments may find something. Asked of the object of runs without a queue, which holds those
   * of deployments without one; what is in a queue is for D1 to say.
   */
  async askForRunner(owner: Owner, deploymentIds: string[], poll: Poll): Promise<RunnerPollAnswer> {
    this.identify(owner, UNQUEUED);
    const now = Date.now();
    const notePolled = poll.counts && this.runnerDeployments.notePolled(deploymentIds, now);
    await this.fresh();
    const { unknown, old } = this.runnerDeployments.toRead(deploymentIds, now);
    if (unknown.length > 0) await this.readPlaces(unknown);
    if (old.length > 0) this.inBackground(this.readPlaces(old));
    const reach = reachOf(poll);
    const isKnown = this.filledAt !== 0 && reach !== null && (this.edge === null || reach <= this.edge);
    const queueIds = this.runnerDeployments.queuesOf(deploymentIds);
    const mayFind = !isKnown || queueIds.length > 0 || this.index.hasRunOf(deploymentIds, poll);
    return { mayFind, queueIds, notePolled };
  }

  /** Leases runs that the caller of this method read from D1; gives those that its own caller may have. */
  takeThese(owner: Owner, queueId: string, runs: DueRun[], poll: Poll): Granted[] {
    this.identify(owner, queueId);
    return this.index.takeThese(runs, poll);
  }

  /** Takes notice of runs that changed. */
  async notify(owner: Owner, queueId: string, notices: RunNotice[]): Promise<void> {
    this.identify(owner, queueId);
    for (const notice of notices) {
      if (notice.isClaimed) {
        this.activity.claimed(notice.stateAt);
        this.recovery.claimed(notice.stateAt);
      }
      if (this.filling) this.noticed.add(notice.runId);
      const { scheduledAt, pausedUntil } = notice;
      if (pausedUntil !== null) this.pauses.put(notice.runId, pausedUntil);
      if (scheduledAt === null) this.index.remove(notice.runId, notice.stateAt);
      // What is being read does not speak of it, and may reach further.
      else if (this.filling || this.edge === null || scheduledAt <= this.edge) this.index.put({ ...notice, scheduledAt });
    }
    const coming = notices.flatMap(({ scheduledAt }) => scheduledAt ?? []);
    if (coming.length > 0) this.stir(Math.min(...coming));
    if (coming.length < notices.length) this.stir(null);
    await this.setAlarm();
  }

  /** What a person is to see of the queue: due and leased runs in its order, at most so many, and what happens at it. */
  async inspect(owner: Owner, queueId: string, now: Micros, limit: number): Promise<InspectAnswer> {
    this.identify(owner, queueId);
    await this.fresh();
    if (!this.config) {
      await this.forget();
      return { found: false };
    }
    const { index, activity } = this;
    return {
      found: true,
      runs: index.listed(now, limit),
      leased: index.countLeases(now),
      polls: activity.lastPolls(),
      claims: activity.counts(now),
    };
  }

  /** Gives back what a poll of a time was offered and did not hand out, and takes out what D1 no longer has. */
  settle(caller: string, at: Micros, unused: string[], gone: string[]): void {
    this.release(caller, at, unused, gone);
    if (unused.length > 0) this.stir(Date.now() * 1000);
  }

  /** `settle` of the pool's coordinator, which knows that what it gives back may be had. */
  release(caller: string, at: Micros, unused: string[], gone: string[]): void {
    if (unused.length > 0) this.index.release(unused, caller, at);
    if (gone.length > 0) this.index.drop(gone, at);
  }

  /** The queue or many of its runs changed: the next poll reads D1 first. */
  changed(): void {
    this.changes += 1;
    this.filledAt = 0;
    this.runnerDeployments.moved();
    this.stir(0);
  }

  /** The pool takes lost runs back otherwise now. */
  async recoveryChanged(owner: Owner, queueId: string): Promise<void> {
    this.identify(owner, queueId);
    this.changed();
    await this.fresh();
  }

  /** The queue is gone: nothing of it stays. */
  async forget(): Promise<void> {
    await this.ctx.storage.deleteAll();
    await this.ctx.storage.deleteAlarm();
    this.index.vanished();
    this.pauses.vanished();
    this.recovery.vanished();
    this.watcher.vanished();
    this.filledAt = 0;
    this.alarmAt = null;
  }

  /** Marks runs late when their time has passed and nobody took them, ends pauses, and takes lost runs back. */
  override async alarm(): Promise<void> {
    this.alarmAt = null;
    const identity = this.identity ?? this.ctx.storage.kv.get<Identity>("identity");
    if (!identity || !configOf(this.env).backgroundWork) return;
    this.identity = identity;
    let earliest = 0;
    this.isWorking = true;
    try {
      await this.work(identity);
    } catch (error) {
      // Not thrown: the platform gives up after six times, and nobody else takes lost runs back.
      log("warn", "a queue's work failed", { error: String(error) });
      earliest = Date.now() * 1000 + RETRY_ALARM;
    } finally {
      this.isWorking = false;
    }
    await this.setAlarm(earliest);
  }

  private async work(identity: Identity): Promise<void> {
    const late = this.index.lateRuns(Date.now() * 1000, LATE_BATCH);
    // D1 first: what failed is done again, and marking twice changes nothing.
    if (late.length > 0) {
      const db = this.database(identity);
      const candidates = late.map((runId) => ({
        tenantId: identity.tenantId,
        runId,
        stateId: uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10))),
      }));
      await db.run(...markRunsLate(db, candidates, Date.now() * 1000));
      await this.announceLate(identity, candidates);
    }
    this.index.markedLate(late);
    // While no runner polls these there is nothing more to remember of them once they are late.
    if (identity.queueId === UNQUEUED && this.filledAt === 0) this.index.dropUnleased(late, Date.now() * 1000);
    for (const runId of this.pauses.ended(Date.now() * 1000, PAUSE_BATCH)) {
      await this.endPause(identity, runId);
      this.pauses.remove(runId);
    }
    if (this.recovery.isDue(Date.now() * 1000)) this.recovery.lookAgainAt(await this.recoverPending(identity));
  }

  /** Tells the pool's waiters, if there are any, of a run that comes at a time, or (null) of one that left, unless they know. */
  private stir(at: Micros | null): void {
    const pool = this.watcher.concernedBy(at);
    if (!pool) return;
    const time = at ?? Date.now() * 1000;
    const stub = this.env.WORK_POOL.get(this.env.WORK_POOL.idFromName(workPoolObject(pool.tenantId, pool.poolName)));
    const told = this.watcher.tell(pool, time, () => stub.stirred(pool, pool.poolName, time) as Promise<boolean>);
    this.ctx.waitUntil(told.catch((error: unknown) => log("warn", "waiters were not told", { error: String(error) })));
  }

  private identify(owner: Owner, queueId: string): void {
    this.identity ??= { ...owner, queueId };
  }

  private database(identity: Identity): Database {
    return new Database(databaseOf(this.env, identity.shard), new Meter());
  }

  /** Waits for D1 when nothing is known; compares with it in the background when what is known grows old. */
  private async fresh(): Promise<void> {
    // A change while D1 was being read makes the reading old: once more, but not without end.
    for (let attempt = 0; this.filledAt === 0 && attempt < 3; attempt += 1) await this.fill();
    // Either way: a clock that was set back would make old knowledge new.
    if (this.filledAt !== 0 && Math.abs(Date.now() - this.filledAt) > RECONCILE_MILLIS) this.inBackground(this.fill());
  }

  private inBackground(work: Promise<void>): void {
    this.ctx.waitUntil(work.catch((error: unknown) => log("warn", "queue not reconciled", { error: String(error) })));
  }

  /** Asks D1 in which queues runs of deployments are to be looked for. */
  private async readPlaces(deploymentIds: readonly string[]): Promise<void> {
    const { identity } = this;
    if (!identity) throw new Error("the queue does not know whose it is");
    const readAt = Date.now();
    const db = this.database(identity);
    const [found] = await db.run(selectQueuesOfDeployments(db, identity.tenantId, deploymentIds, readAt * 1000 + RUNNER_AHEAD));
    this.runnerDeployments.learn(deploymentIds, found, readAt);
  }

  /** Whether runs that the index does not hold may be a poll's, while what it holds is not enough for it. */
  private hidesSome(poll: Poll): boolean {
    const { edge } = this;
    const reach = reachOf(poll);
    if (edge === null || (reach !== null && reach < edge) || this.index.hasEnough(poll, edge)) return false;
    return this.index.countUntil(edge) < this.windowSize(poll.now);
  }

  private windowSize(now: Micros): number {
    return Math.min(WIDEST_WINDOW, WINDOW + this.index.countBlocked(now));
  }

  private fill(): Promise<void> {
    this.filling ??= this.readWindow().finally(() => {
      this.filling = null;
      this.noticed.clear();
    });
    return this.filling;
  }

  private async readWindow(): Promise<void> {
    const { identity } = this;
    if (!identity) throw new Error("the queue does not know whose it is");
    const startedAt = Date.now();
    const { changes } = this;
    const size = this.windowSize(startedAt * 1000);
    const db = this.database(identity);
    const [[config], rows] = await db.run(
      selectQueueConfig(db, identity.tenantId, identity.queueId),
      selectDueWindow(db, identity.tenantId, identity.queueId === UNQUEUED ? null : identity.queueId, size),
    );
    this.config = config ?? null;
    this.recovery.learn(config?.recovery ?? null, config?.oldestPendingAt ?? null);
    const window: DueRun[] = rows;
    this.edge = window.length < size ? null : (window.at(-1)?.at ?? null);
    this.index.replace(window, this.edge, this.noticed);
    this.filledAt = changes === this.changes ? startedAt : 0;
    await this.setAlarm();
  }

  /** Sets the alarm to when something must happen next, not before `earliest`. */
  private async setAlarm(earliest: Micros = 0): Promise<void> {
    if (this.isWorking || !configOf(this.env).backgroundWork) return;
    const times = [this.index.nextLateAt(), this.pauses.next(), this.recovery.next()].filter((at) => at !== null);
    const next = times.length === 0 ? null : Math.max(earliest, Math.min(...times));
    if (next === null || (this.alarmAt !== null && this.alarmAt <= next)) return;
    this.alarmAt = next;
    // An alarm may wake an object that was evicted: it must know whose it is.
    this.ctx.storage.kv.put("identity", this.identity);
    await this.ctx.storage.setAlarm(Math.max(Date.now(), Math.ceil(next / 1000)));
  }
}
