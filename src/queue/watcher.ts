import type { Micros } from "../domain/time.ts";
import type { Owner } from "./messages.ts";

const WATCHED_BY = "watchedBy";

/** The pool whose coordinator has waiters. */
export interface WatchingPool extends Owner {
  poolName: string;
}

/**
 * Whether a pool's coordinator waits for runs of a queue, kept over the sleep of the queue's object, and what it is to be told of.
 * An object that woke up no longer knows what it said, and tells of everything.
 */
export class Watcher {
  private readonly kv: SyncKvStorage;
  private pool: WatchingPool | null;
  /** What comes later than this was said already. */
  private before: Micros = Number.POSITIVE_INFINITY;
  private wantsSlots: boolean;
  private version = 0;

  constructor(kv: SyncKvStorage) {
    this.kv = kv;
    this.pool = kv.get<WatchingPool>(WATCHED_BY) ?? null;
    this.wantsSlots = this.pool !== null;
  }

  /** The coordinator asked for its waiters, and is told that nothing new comes before a time (null: nothing is known to come). */
  asked(pool: WatchingPool, nextAt: Micros | null): void {
    this.version += 1;
    this.before = nextAt ?? Number.POSITIVE_INFINITY;
    if (this.pool?.poolName === pool.poolName) return;
    this.pool = pool;
    this.kv.put(WATCHED_BY, pool);
  }

  /** The coordinator wants to hear of runs that may have freed a slot too. */
  wantSlots(): void {
    this.wantsSlots = true;
  }

  /** Whom to tell of a run that comes at a time, or (null) of one that left; null for nobody. */
  concernedBy(at: Micros | null): WatchingPool | null {
    const isNews = at === null ? this.wantsSlots : at < this.before;
    return isNews ? this.pool : null;
  }

  /** Tells by `send`, once for each time; a coordinator that has no waiters is told no more. */
  async tell(pool: WatchingPool, at: Micros, send: () => Promise<boolean>): Promise<void> {
    const { version } = this;
    this.before = Math.min(this.before, at);
    const isWaiting = await send();
    if (isWaiting || version !== this.version || this.pool?.poolName !== pool.poolName) return;
    this.vanished();
    this.kv.delete(WATCHED_BY);
  }

  /** The object's storage was deleted, or nobody waits any more. */
  vanished(): void {
    this.pool = null;
    this.wantsSlots = false;
    this.before = Number.POSITIVE_INFINITY;
  }
}
