import type { Micros } from "../domain/time.ts";
import type { Env } from "../env.ts";
import { log } from "../observe/log.ts";
import type { Counts } from "../observe/meter.ts";
import { type LeaseSocket, LeaseSockets, type SocketOpening } from "./lease-sockets.ts";
import type { LeaseAnswer, LeaseCall, Offer, Owner, Poll } from "./messages.ts";
import { workQueueObject } from "./names.ts";
import { type Waiter, Waiters } from "./waiters.ts";
import { type PoolConfig, PoolObject } from "./work-pool.ts";

/** Queues are asked at least this often while somebody waits: the bound on what a lost word costs. A key is looked up as often. */
const LOOK_AGAIN_MILLIS = 30_000;
/** After a failure to hand out, those who wait on sockets are served again. */
const RETRY_MILLIS = 1000;
/** How often serving is tried: an object that was thrown out is there again when it is asked once more. */
const ATTEMPTS = 3;
/** Runs handed out with one read of D1; the rest follow at once. */
const MOST_AT_ONCE = 500;

/** What one who waits is offered, and by which poll. */
export interface Taking {
  poll: Poll;
  offers: readonly Offer[];
}

/** Runs of one queue that were offered to one caller. */
export interface Part {
  caller: string;
  /** The time of the poll that they were offered to. */
  at: Micros;
  queueId: string;
  ids: string[];
}

export interface Given {
  /** By taking: the runs as JSON texts. */
  runs: string[][];
  /** What was offered and not handed out: there is no slot for it. */
  unused: Part[];
  /** What D1 no longer has. */
  gone: Part[];
  cost: Counts;
}

interface Taker {
  queueNames: string[];
  poll: Poll;
  /** False when it has gone meanwhile. */
  give(runs: string[], cost: Counts): boolean;
}

/** Whose pool this is. */
interface Place {
  owner: Owner;
  poolName: string;
}

/**
 * The coordinator with those who wait at it: calls that are held, and sockets. It sleeps until the time that its queues said is next, or
 * until one of them tells it of something before that, and then serves all who wait with one read of D1. What that takes of the
 * services and the dialect its subclass supplies.
 */
export abstract class LeasingPool extends PoolObject {
  private readonly waiters = new Waiters();
  private readonly sockets: LeaseSockets;
  private place: Place | null = null;
  private serving: Promise<void> | null = null;
  /** Something happened that the round that goes on may not have seen. */
  private isStirred = false;
  /** The earliest time that queues told of since the last round began. */
  private toldAt: Micros = Number.POSITIVE_INFINITY;
  private nextAt: Micros = Number.POSITIVE_INFINITY;
  private lookAgainAt = Number.POSITIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private alarmAt: number | null = null;
  /** Queues that tell of every run that leaves them. */
  private readonly slotsWatched = new Set<string>();

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.sockets = new LeaseSockets(state);
    const [first] = this.sockets.all();
    if (first) this.place = first.state;
  }

  /** Verifies what is offered against D1, in one round trip, and hands out what the limits allow. */
  protected abstract handOut(owner: Owner, config: PoolConfig, takings: Taking[]): Promise<Given>;
  /** Notes in D1 that queues were polled. */
  protected abstract noteQueuesPolled(owner: Owner, queueIds: string[]): Promise<void>;
  /** Those of the keys, by their hashes, that open nothing any more. */
  protected abstract endedKeys(hashes: string[]): Promise<Set<string>>;

  /** Due runs, leased to the caller, as soon as there are any; none when nothing came in the time it waits. */
  async lease(owner: Owner, poolName: string, call: LeaseCall): Promise<LeaseAnswer> {
    this.place ??= { owner, poolName };
    const missing = await this.missing(call.queueNames);
    if (missing) return missing;
    if (this.waiters.isFull) return { found: true, isFull: true };
    const answer = this.waiters.hold(call, Date.now());
    await this.serve();
    return answer;
  }

  /** The client of a waiting call has gone: what would be its is the others'. */
  leave(waiterId: string): void {
    this.waiters.leave(waiterId);
  }

  /** A queue has a run that may be had at a time, which may be now. False when nobody waits. */
  stirred(owner: Owner, poolName: string, at: Micros): boolean {
    this.place ??= { owner, poolName };
    if (!this.isWaitedAt()) return false;
    this.toldAt = Math.min(this.toldAt, at);
    if (at > Date.now() * 1000) this.ctx.waitUntil(this.arm());
    else this.serveSoon();
    return true;
  }

  override changed(): void {
    super.changed();
    if (this.isWaitedAt()) this.serveSoon();
  }

  /** Opens a socket for the caller that the Worker has verified and named in the request's headers; 404 and 503 as `lease` has them. */
  override async fetch(request: Request): Promise<Response> {
    const opening = JSON.parse(decodeURIComponent(request.headers.get("x-slipway-lease") ?? "null")) as SocketOpening | null;
    if (!opening || request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 426 });
    this.place ??= opening;
    const missing = await this.missing(opening.queueNames);
    if (missing) return Response.json(missing, { status: 404 });
    if (this.sockets.isFull) return new Response(null, { status: 503 });
    const response = this.sockets.open(opening, Date.now());
    await this.arm();
    return response;
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    if (this.sockets.hear(socket, data)) await this.serve();
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  /** Serves the sockets when a run's time has come, and looks their keys up again. */
  override async alarm(): Promise<void> {
    this.alarmAt = null;
    await this.checkKeys();
    if (this.isWaitedAt()) await this.serve();
    else await this.arm();
  }

  private async missing(queueNames: string[]): Promise<Extract<LeaseAnswer, { found: false }> | null> {
    const { place } = this;
    if (!place) throw new Error("the pool does not know whose it is");
    const answer = await this.find(place.owner, place.poolName, queueNames);
    return answer.found ? null : answer;
  }

  private isWaitedAt(): boolean {
    return this.waiters.size > 0 || this.sockets.all().some(({ state }) => state.wanted > 0);
  }

  private serveSoon(): void {
    this.ctx.waitUntil(this.serve());
  }

  /** Serves all who wait; gives when a round has ended that began after this was called. */
  private serve(): Promise<void> {
    this.isStirred = true;
    this.serving ??= this.rounds().finally(() => {
      this.serving = null;
    });
    return this.serving;
  }

  private async rounds(): Promise<void> {
    let failures = 0;
    while (this.isStirred) {
      this.isStirred = false;
      const waiting = this.waiters.all();
      try {
        await this.round();
        failures = 0;
        this.waiters.endOverdue(waiting, Date.now());
      } catch (error) {
        failures += 1;
        log("warn", "those who wait were not served", { error: String(error) });
        if (failures < ATTEMPTS) {
          await scheduler.wait(Math.random() * 100);
          this.isStirred = true;
        } else {
          for (const waiter of waiting) waiter.fail(error);
          this.nextAt = (Date.now() + RETRY_MILLIS) * 1000;
        }
      }
      if (this.toldAt <= Date.now() * 1000) this.isStirred = true;
    }
    await this.arm();
  }

  private async round(): Promise<void> {
    this.toldAt = Number.POSITIVE_INFINITY;
    this.lookAgainAt = Date.now() + LOOK_AGAIN_MILLIS;
    const { place } = this;
    const takers = this.takers();
    if (!place || takers.length === 0) {
      this.nextAt = Number.POSITIVE_INFINITY;
      this.slotsWatched.clear();
      return;
    }
    const { takings, nextAt, isCut } = await this.offer(place, takers);
    this.nextAt = nextAt;
    const { config } = this;
    if (takings.length === 0 || !config) return;
    const { runs, unused, gone, cost } = await this.handOut(
      place.owner,
      config,
      takings.map(({ taking }) => taking),
    );
    const given = takings.map(({ taker }, index) => {
      const theirs = runs[index] ?? [];
      return theirs.length > 0 && taker.give(theirs, cost);
    });
    const lost = takings.filter((_, index) => !given[index]).flatMap(({ taking }) => partsOf(taking));
    const release = ({ caller, at, queueId, ids }: Part, isGone: boolean) =>
      this.queue(place.owner, queueId).release(caller, at, isGone ? [] : ids, isGone ? ids : []);
    await Promise.all([...[...unused, ...lost].map((part) => release(part, false)), ...gone.map((part) => release(part, true))]);
    // What one had no slot or no more wish for may be another's.
    const isCutShort = isCut || takings.some(({ taking }) => taking.poll.limit === MOST_AT_ONCE);
    const isSome = runs.some(({ length }) => length > 0);
    if (isSome ? isCutShort || unused.length > 0 || given.includes(false) : gone.length > 0) this.isStirred = true;
    else if (unused.length > 0) await this.watchSlots(place, config);
  }

  /** All who wait: calls, those first that came first, then sockets. */
  private takers(): Taker[] {
    const now = Date.now() * 1000;
    const pollOf = ({ caller, limit, leaseSeconds }: { caller: string; limit: number; leaseSeconds: number }): Poll => ({
      ...{ caller, limit, leaseSeconds, now, before: now, after: null, counts: true, isWaiting: true },
    });
    const ofCall = (waiter: Waiter): Taker => ({
      queueNames: waiter.queueNames,
      poll: pollOf(waiter),
      give: (runs, cost) => this.waiters.has(waiter.waiterId) && waiter.answer({ found: true, isFull: false, runs, cost }),
    });
    const ofSocket = (socket: LeaseSocket): Taker => ({
      queueNames: socket.state.queueNames,
      poll: pollOf({ ...socket.state, limit: Math.min(socket.state.wanted, MOST_AT_ONCE) }),
      give: (runs) => this.sockets.give(socket, runs, Date.now()),
    });
    const wanting = this.sockets.all().filter(({ state }) => state.wanted > 0);
    return [...this.waiters.all().map(ofCall), ...wanting.map(ofSocket)];
  }

  /** What the queues offer those who wait, in their order. Where nothing is to be had for one, the others of the same queues need not ask. */
  private async offer({ owner, poolName }: Place, takers: Taker[]) {
    const takings: { taker: Taker; taking: Taking }[] = [];
    const emptyHanded = new Set<string>();
    let nextAt: Micros = Number.POSITIVE_INFINITY;
    let offered = 0;
    for (const taker of takers) {
      const names = JSON.stringify(taker.queueNames);
      if (emptyHanded.has(names)) continue;
      if (offered >= MOST_AT_ONCE) return { takings, nextAt, isCut: true };
      const answer = await this.poll(owner, poolName, taker.queueNames, taker.poll);
      if (!answer.found) {
        this.endWithout(answer.missingQueue);
        continue;
      }
      if (answer.notePolled.length > 0) this.ctx.waitUntil(this.noteQueuesPolled(owner, answer.notePolled));
      if (answer.nextAt !== null) nextAt = Math.min(nextAt, answer.nextAt);
      const count = answer.offers.reduce((sum, { ids }) => sum + ids.length, 0);
      offered += count;
      if (count === 0) emptyHanded.add(names);
      else takings.push({ taker, taking: { poll: taker.poll, offers: answer.offers } });
    }
    return { takings, nextAt, isCut: false };
  }

  /** The pool (null) or one of its queues was deleted while somebody waited for its runs. */
  private endWithout(queueName: string | null): void {
    const isConcerned = ({ queueNames }: { queueNames: string[] }) => queueName === null || queueNames.includes(queueName);
    for (const waiter of this.waiters.all()) if (isConcerned(waiter)) waiter.answer({ found: false, missingQueue: queueName });
    const sockets = this.sockets.all().filter(({ state }) => isConcerned(state));
    this.sockets.end(sockets, queueName === null ? "The work pool was deleted" : "A work queue was deleted");
  }

  /** Has queues tell of runs that leave them, since what is due has no slot: runs of all of a pool's queues hold the pool's. */
  private async watchSlots({ owner, poolName }: Place, config: PoolConfig): Promise<void> {
    const holding = config.queues.filter(({ concurrencyLimit }) => config.concurrencyLimit !== null || concurrencyLimit !== null);
    const unwatched = holding.filter(({ id }) => !this.slotsWatched.has(id));
    for (const { id } of unwatched) this.slotsWatched.add(id);
    await Promise.all(unwatched.map(({ id }) => this.queue(owner, id).watchSlots(owner, id, poolName)));
  }

  private queue({ tenantId }: Owner, queueId: string) {
    return this.env.WORK_QUEUE.get(this.env.WORK_QUEUE.idFromName(workQueueObject(tenantId, queueId)));
  }

  /** Ends the sockets of keys that were revoked. */
  private async checkKeys(): Promise<void> {
    const old = this.sockets.all().filter(({ state }) => Math.abs(Date.now() - state.checkedAt) >= LOOK_AGAIN_MILLIS);
    if (old.length === 0) return;
    try {
      const ended = await this.endedKeys([...new Set(old.map(({ state }) => state.keyHash))]);
      this.sockets.checked(old, ended, Date.now());
    } catch (error) {
      log("warn", "keys of sockets were not looked up", { error: String(error) });
      this.sockets.checked(old, new Set(), Date.now() - LOOK_AGAIN_MILLIS + RETRY_MILLIS);
    }
  }

  /** Sets the clocks: held calls keep the object awake and take a timer, sockets let it sleep and take its alarm. */
  private async arm(): Promise<void> {
    const nextAt = Math.ceil(Math.min(this.nextAt, this.toldAt) / 1000);
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const firstEnd = this.waiters.firstEnd();
    if (firstEnd !== null) {
      const at = Math.min(nextAt, this.lookAgainAt, firstEnd);
      this.timer = setTimeout(() => this.serveSoon(), Math.max(0, at - Date.now()));
    }
    const sockets = this.sockets.all();
    if (sockets.length === 0) return;
    const isWanted = sockets.some(({ state }) => state.wanted > 0);
    const checkAt = Math.min(...sockets.map(({ state }) => state.checkedAt)) + LOOK_AGAIN_MILLIS;
    const at = Math.max(Date.now(), isWanted ? Math.min(nextAt, this.lookAgainAt, checkAt) : checkAt);
    if (this.alarmAt === at) return;
    this.alarmAt = at;
    await this.ctx.storage.setAlarm(at);
  }
}

const partsOf = ({ poll, offers }: Taking): Part[] =>
  offers.map(({ queueId, ids }) => ({ caller: poll.caller, at: poll.now, queueId, ids }));
