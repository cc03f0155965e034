import type { TenantId } from "../domain/ids.ts";
import type { QueueFilter } from "../domain/queue.ts";
import type { Micros } from "../domain/time.ts";
import type { PendingRecovery } from "../domain/work-pools/recovery.ts";
import type { Counts } from "../observe/meter.ts";
import type { ClaimCounts } from "./activity.ts";
import type { ListedRun } from "./lease.ts";

/** Whose object it is, sent with every call: an object that was evicted or never used knows nothing. */
export interface Owner {
  tenantId: TenantId;
  shard: number;
}

/** Stands for the queue of runs that have none: one object a tenant, which watches their time and leases them to runners. */
export const UNQUEUED = "unqueued";

/** What a queue object is told of one run, after the D1 commit. */
export interface RunNotice {
  /** The run's queue, or `UNQUEUED`. */
  queueId: string;
  runId: string;
  deploymentId: string | null;
  /** Somebody took the run to start it: it is PENDING or RUNNING. */
  isClaimed: boolean;
  /** When the run is to start while it is SCHEDULED and may be handed out; null when it left that state, waits in process or is gone. */
  scheduledAt: Micros | null;
  /** When the run's pause ends unless it is resumed; null when it is not paused, or for ever. */
  pausedUntil: Micros | null;
  /** The time of the state the notice speaks of: an older notice of the same run is ignored. */
  stateAt: Micros;
}

/** One poll. `before` and `after` bound the scheduled time, both inclusive. */
export interface Poll {
  /** Who polls: a run handed to one caller is hidden from the others. */
  caller: string;
  now: Micros;
  before: Micros | null;
  after: Micros | null;
  limit: number;
  /** 0 leases nothing and hides nothing: previews, and LEASE_SECONDS=0. */
  leaseSeconds: number;
  /** False for the page, which only looks. */
  counts: boolean;
  /**
   * Of one who waits: a run that is handed out already is hidden from its own caller too, since several of a caller's may wait, and
   * the pool's coordinator is told when something may be had.
   */
  isWaiting?: boolean;
}

/** What a runner's poll of deployments is told without asking D1. */
export interface RunnerPollAnswer {
  /** False when it is known that no run of the deployments is to be had. */
  mayFind: boolean;
  /** The queues in which runs of the deployments may be; they may be in none too. */
  queueIds: string[];
  /** The poll of the deployments is to be noted in D1. */
  notePolled: boolean;
}

/** What a queue's object knows of its runs, its leases and who asks for them. */
export type InspectAnswer =
  | { found: false }
  | { found: true; runs: ListedRun[]; leased: number; polls: { caller: string; at: Micros }[]; claims: ClaimCounts };

/** What one queue offers: run ids in order, not yet verified against D1. */
export interface Offer {
  queueId: string;
  limit: number | null;
  ids: string[];
  /** For each of the runs: a later state of it voids the offer. */
  knownAt: Micros[];
  /** How many of the runs, the last of them, go behind the others whatever their time. */
  behind: number;
  /** Runs that others hold a lease of, or for one who waits anybody: they count against the limits. */
  othersLeases: number;
}

export interface QueueConfig {
  poolName: string;
  isPaused: boolean;
  concurrencyLimit: number | null;
  filter: QueueFilter | null;
  /** What becomes of runs that were claimed and never began; null when nothing. */
  recovery: PendingRecovery | null;
  /** Since when the oldest PENDING run waits, where there is a recovery. */
  oldestPendingAt: Micros | null;
}

export type QueuePollAnswer =
  | { found: false }
  | {
      found: true;
      config: QueueConfig;
      offer: Offer /** The poll is to be noted in D1: the last one noted is a minute old. */;
      notePolled: boolean;
      /** For one who waits: when the next run may be had that is not now; null when none is known. */
      nextAt: Micros | null;
    };

export type PoolPollAnswer =
  | { found: false; missingQueue: string | null }
  | {
      found: true;
      poolId: string;
      concurrencyLimit: number | null;
      /** Ids of all the pool's queues: their runs hold the pool's slots. */
      queueIds: string[];
      /** In the order of priority. */
      offers: Offer[];
      notePolled: string[];
      /** Calls the coordinator made to queue objects. */
      calls: number;
      /** For one who waits: when the next run may be had that is not now; null when none is known. */
      nextAt: Micros | null;
    };

/** What a waiting call asks for. */
export interface LeaseCall {
  /** Names the call, so that it can be left. */
  waiterId: string;
  caller: string;
  queueNames: string[];
  limit: number;
  leaseSeconds: number;
  waitMillis: number;
}

export type LeaseAnswer =
  | { found: false; missingQueue: string | null }
  /** As many wait as may. */
  | { found: true; isFull: true }
  | {
      found: true;
      isFull: false;
      /** The runs as JSON texts: what of them is no number of JavaScript's could not be sent otherwise. */
      runs: string[];
      /** What it took to hand them out, together with what others who waited got. */
      cost: Counts;
    };

export type HeartbeatAnswer = { poolId: string; persist: boolean } | null;
