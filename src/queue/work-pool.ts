import { DurableObject } from "cloudflare:workers";
import type { Micros } from "../domain/time.ts";
import { databaseOf, type Env } from "../env.ts";
import { log } from "../observe/log.ts";
import { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { selectPoolConfig, selectPoolQueueConfigs } from "../store/polls.ts";
import type { HeartbeatAnswer, Offer, Owner, Poll, PoolPollAnswer } from "./messages.ts";
import { workQueueObject } from "./names.ts";

/** How long a pool's configuration is believed without asking D1; changes are announced, this heals a lost announcement. */
const CONFIG_MILLIS = 30_000;
/** A heartbeat that tells nothing new reaches D1 once in this time, or in two of its intervals when those are shorter. */
const PERSIST_HEARTBEAT_SECONDS = 60;

export interface PoolConfig {
  id: string;
  isPaused: boolean;
  concurrencyLimit: number | null;
  queues: { id: string; name: string; isPaused: boolean; concurrencyLimit: number | null }[];
}

type FoundPool = { found: false; missingQueue: string | null } | { found: true; config: PoolConfig };

/**
 * One pool's coordinator: orders its queues for polls that span them, and gathers the heartbeats of its workers.
 * It holds nothing that D1 does not have, so it keeps nothing on disk.
 */
export class PoolObject extends DurableObject<Env> {
  protected config: PoolConfig | null = null;
  private readAt = 0;
  private reading: Promise<void> | null = null;
  /** How often the pool was said to have changed: what was read before the last time is not believed. */
  private changes = 0;
  private readonly heartbeats = new Map<string, { persistedAt: number; intervalSeconds: number | null }>();
  private readonly polledNotedAt = new Map<string, number>();

  /** Offers of the pool's queues in order of priority, until `limit` runs are offered. Queue names narrow it. */
  async poll(owner: Owner, poolName: string, queueNames: string[], poll: Poll): Promise<PoolPollAnswer> {
    const found = await this.find(owner, poolName, queueNames);
    if (!found.found) return found;
    const { id, concurrencyLimit, isPaused, queues } = found.config;
    const polled = queues.filter(({ name }) => queueNames.length === 0 || queueNames.includes(name));
    const answer = {
      found: true as const,
      poolId: id,
      concurrencyLimit,
      queueIds: queues.map((queue) => queue.id),
      offers: [] as Offer[],
      notePolled: poll.counts ? this.notePolled(polled.map((queue) => queue.id)) : [],
      calls: 0,
      nextAt: null as Micros | null,
    };
    if (isPaused || concurrencyLimit === 0) return answer;
    let wanted = poll.limit;
    for (const queue of polled) {
      if (wanted <= 0) break;
      if (queue.isPaused || queue.concurrencyLimit === 0) continue;
      const stub = this.env.WORK_QUEUE.get(this.env.WORK_QUEUE.idFromName(workQueueObject(owner.tenantId, queue.id)));
      const offered = await stub.poll(owner, queue.id, { ...poll, limit: wanted, counts: false });
      answer.calls += 1;
      if (!offered.found) continue;
      answer.offers.push(offered.offer);
      if (offered.nextAt !== null) answer.nextAt = Math.min(answer.nextAt ?? offered.nextAt, offered.nextAt);
      // What a queue with a limit offers may be cut down to nothing, so the next one is asked for all that is wanted.
      if (queue.concurrencyLimit === null) wanted -= offered.offer.ids.length;
    }
    return answer;
  }

  /** Notes a worker's heartbeat; `persist` when D1 is to hear of it. Null for a pool that does not exist. */
  async heartbeat(owner: Owner, poolName: string, worker: string, intervalSeconds: number | null): Promise<HeartbeatAnswer> {
    await this.fresh(owner, poolName);
    if (!this.config) return null;
    const known = this.heartbeats.get(worker);
    const interval = intervalSeconds ?? known?.intervalSeconds ?? null;
    const persistAfter = Math.min(PERSIST_HEARTBEAT_SECONDS, 2 * (interval ?? 30)) * 1000;
    const isNews = !known || interval !== known.intervalSeconds;
    const persist = isNews || Date.now() - known.persistedAt >= persistAfter;
    if (persist) this.heartbeats.set(worker, { persistedAt: Date.now(), intervalSeconds: interval });
    return { poolId: this.config.id, persist };
  }

  /** The pool, one of its queues or its workers changed: the next call reads D1 first. */
  changed(): void {
    this.changes += 1;
    this.readAt = 0;
    this.heartbeats.clear();
  }

  /** The pool, with queues of these names. */
  protected async find(owner: Owner, poolName: string, queueNames: string[]): Promise<FoundPool> {
    await this.fresh(owner, poolName);
    if (!this.config) return { found: false, missingQueue: null };
    let missing = missingName(this.config, queueNames);
    if (missing !== null) {
      // The queue may be younger than what is known.
      await this.read(owner, poolName);
      if (!this.config) return { found: false, missingQueue: null };
      missing = missingName(this.config, queueNames);
    }
    return missing === null ? { found: true, config: this.config } : { found: false, missingQueue: missing };
  }

  private async fresh(owner: Owner, poolName: string): Promise<void> {
    // A pool that does not exist is asked for again each time; a change while D1 was being read makes the reading old.
    if (!this.config) this.readAt = 0;
    for (let attempt = 0; this.readAt === 0 && attempt < 3; attempt += 1) await this.read(owner, poolName);
    if (this.readAt !== 0 && Math.abs(Date.now() - this.readAt) > CONFIG_MILLIS) {
      this.ctx.waitUntil(this.read(owner, poolName).catch((error: unknown) => log("warn", "pool not read", { error: String(error) })));
    }
  }

  private read(owner: Owner, poolName: string): Promise<void> {
    this.reading ??= this.readConfig(owner, poolName).finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async readConfig(owner: Owner, poolName: string): Promise<void> {
    const startedAt = Date.now();
    const { changes } = this;
    const db = new Database(databaseOf(this.env, owner.shard), new Meter());
    const [[pool], queues] = await db.run(
      selectPoolConfig(db, owner.tenantId, poolName),
      selectPoolQueueConfigs(db, owner.tenantId, poolName),
    );
    this.config = pool ? { ...pool, queues } : null;
    this.readAt = changes === this.changes ? startedAt : 0;
  }

  /** The queues whose last noted poll is a minute old. */
  private notePolled(queueIds: string[]): string[] {
    const due = queueIds.filter((id) => Math.abs(Date.now() - (this.polledNotedAt.get(id) ?? 0)) >= 60_000);
    for (const id of due) this.polledNotedAt.set(id, Date.now());
    return due;
  }
}

const missingName = (config: PoolConfig, names: string[]): string | null =>
  names.find((name) => !config.queues.some((queue) => queue.name === name)) ?? null;
