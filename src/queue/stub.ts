import { Refusal } from "../domain/errors.ts";
import type { Micros } from "../domain/time.ts";
import type { Env } from "../env.ts";
import { log } from "../observe/log.ts";
import type { Meter } from "../observe/meter.ts";
import type { DueRun, Granted } from "./lease.ts";
import type { SocketOpening } from "./lease-sockets.ts";
import {
  type HeartbeatAnswer,
  type InspectAnswer,
  type LeaseAnswer,
  type LeaseCall,
  type Owner,
  type Poll,
  type PoolPollAnswer,
  type QueuePollAnswer,
  type RunNotice,
  type RunnerPollAnswer,
  UNQUEUED,
} from "./messages.ts";
import { workPoolObject, workQueueObject } from "./names.ts";

export { type RunNotice, UNQUEUED } from "./messages.ts";

const ATTEMPTS = 3;

/** What the platform puts on an error of a call to an object; `kind` is on a refusal that the object itself threw. */
interface CallError {
  retryable?: boolean;
  overloaded?: boolean;
  /** The object was thrown out in the middle: whoever asks next wakes it. */
  durableObjectReset?: boolean;
  kind?: string;
}

/** Whether a call can be made again at once: it may be carried out twice, which changes nothing. */
const helpsToRepeat = ({ retryable, overloaded, durableObjectReset }: CallError): boolean =>
  !overloaded && (retryable === true || durableObjectReset === true);

/** What the caller is told: 503 where it may try again after a while, since a poller ends at a 4xx and counts a 500 as a fault. */
const toldOf = (error: unknown): unknown => {
  const { retryable, overloaded, durableObjectReset, kind } = error as CallError;
  const passes = retryable || overloaded || durableObjectReset || kind === "unavailable";
  return passes ? new Refusal("unavailable", "Service Unavailable", { envelope: "exception", retryAfterSeconds: 1 }) : error;
};

/**
 * The queue objects of one tenant. Calls that only tell something (`notify`, `…Changed`) never fail their caller: D1 has
 * the truth by then, and a queue that missed a notice finds out when it compares itself with D1.
 */
export class Queues {
  private readonly env: Env;
  private readonly owner: Owner;
  private readonly meter: Meter;

  constructor(env: Env, owner: Owner, meter: Meter) {
    this.env = env;
    this.owner = { tenantId: owner.tenantId, shard: owner.shard };
    this.meter = meter;
  }

  /** Tells the queues of changed runs. */
  async notify(notices: readonly RunNotice[]): Promise<void> {
    const byQueue = Map.groupBy(notices, ({ queueId }) => queueId);
    await this.tell(
      [...byQueue].map(
        ([queueId, list]) =>
          () =>
            this.queue(queueId).notify(this.owner, queueId, list),
      ),
    );
  }

  /** Tells queues (null: that of runs without one) that many of their runs changed at once: they read D1 before they hand out again. False when one has too much to do. */
  async refill(queueIds: readonly (string | null)[]): Promise<boolean> {
    return this.tell([...new Set(queueIds)].map((queueId) => () => this.queue(queueId ?? UNQUEUED).changed()));
  }

  /** Tells a queue that it was paused, limited or renamed. */
  async queueChanged(queueId: string): Promise<void> {
    await this.refill([queueId]);
  }

  /** Tells a pool's coordinator that the pool, its queues or its workers changed. */
  async poolChanged(poolName: string): Promise<void> {
    await this.tell([() => this.pool(poolName).changed()]);
  }

  /** Tells queues that their pool takes lost runs back otherwise now: they look when they have to. */
  async recoveryChanged(queueIds: readonly string[]): Promise<void> {
    await this.tell(queueIds.map((queueId) => () => this.queue(queueId).recoveryChanged(this.owner, queueId)));
  }

  /** Tells queues that they were deleted. */
  async forget(queueIds: readonly string[]): Promise<void> {
    await this.tell(queueIds.map((queueId) => () => this.queue(queueId).forget()));
  }

  /** Asks one queue for due runs. */
  pollQueue(queueId: string, poll: Poll): Promise<QueuePollAnswer> {
    return this.ask(() => this.queue(queueId).poll(this.owner, queueId, poll) as Promise<QueuePollAnswer>);
  }

  /** What a queue's object knows of its runs and leases. */
  inspect(queueId: string, now: Micros, limit: number): Promise<InspectAnswer> {
    return this.ask(() => this.queue(queueId).inspect(this.owner, queueId, now, limit) as Promise<InspectAnswer>);
  }

  /** Asks whether a runner's poll of deployments may find something. */
  askForRunner(deploymentIds: string[], poll: Poll): Promise<RunnerPollAnswer> {
    return this.ask(() => this.queue(UNQUEUED).askForRunner(this.owner, deploymentIds, poll) as Promise<RunnerPollAnswer>);
  }

  /** Leases runs of one queue that were read from D1; gives those that the caller may have. */
  takeThese(queueId: string, runs: DueRun[], poll: Poll): Promise<Granted[]> {
    return this.ask(() => this.queue(queueId).takeThese(this.owner, queueId, runs, poll) as Promise<Granted[]>);
  }

  /** Asks the queues of a pool for due runs, in order of priority. */
  async pollPool(poolName: string, queueNames: string[], poll: Poll): Promise<PoolPollAnswer> {
    const answer = await this.ask(() => this.pool(poolName).poll(this.owner, poolName, queueNames, poll) as Promise<PoolPollAnswer>);
    if (answer.found) this.meter.durableObjectCalls += answer.calls;
    return answer;
  }

  /** Asks a pool for due runs, and waits for them. `waitMillis` bounds the wait, attempts included. */
  async lease(poolName: string, call: LeaseCall): Promise<LeaseAnswer> {
    const until = Date.now() + call.waitMillis;
    const answer = await this.ask(() => {
      const waitMillis = Math.max(0, until - Date.now());
      return this.pool(poolName).lease(this.owner, poolName, { ...call, waitMillis }) as Promise<LeaseAnswer>;
    });
    if (answer.found && !answer.isFull) this.meter.add(answer.cost);
    return answer;
  }

  /** Ends a waiting call whose client has gone. */
  async leave(poolName: string, waiterId: string): Promise<void> {
    await this.tell([() => this.pool(poolName).leave(waiterId)]);
  }

  /** Opens a socket on which a pool's due runs are sent. */
  openLeases(poolName: string, opening: Omit<SocketOpening, "owner" | "poolName">): Promise<Response> {
    const named = encodeURIComponent(JSON.stringify({ ...opening, owner: this.owner, poolName } satisfies SocketOpening));
    const headers = { upgrade: "websocket", "x-slipway-lease": named };
    return this.ask(() => this.pool(poolName).fetch("https://leases.internal/", { headers }));
  }

  /** Gives back what a poll of a time was offered and did not hand out, and takes out what D1 no longer has. */
  async settle(queueId: string, caller: string, at: Micros, unused: string[], gone: string[]): Promise<void> {
    await this.tell([() => this.queue(queueId).settle(caller, at, unused, gone)]);
  }

  /** Notes a worker's heartbeat with its pool's coordinator. */
  heartbeat(poolName: string, worker: string, intervalSeconds: number | null): Promise<HeartbeatAnswer> {
    return this.ask(() => this.pool(poolName).heartbeat(this.owner, poolName, worker, intervalSeconds));
  }

  private queue(queueId: string) {
    return this.env.WORK_QUEUE.get(this.env.WORK_QUEUE.idFromName(workQueueObject(this.owner.tenantId, queueId)));
  }

  private pool(poolName: string) {
    return this.env.WORK_POOL.get(this.env.WORK_POOL.idFromName(workPoolObject(this.owner.tenantId, poolName)));
  }

  /** A call whose answer is needed. Refuses (503) when the object cannot be had now. */
  private async ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await this.attempt(call);
    } catch (error) {
      throw toldOf(error);
    }
  }

  /** One call, tried again with jitter while this may help; an overloaded object is left alone. */
  private async attempt<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      this.meter.durableObjectCalls += 1;
      try {
        return await call();
      } catch (error) {
        if (!helpsToRepeat(error as CallError) || attempt === ATTEMPTS) throw error;
        await scheduler.wait(Math.random() * 100 * 2 ** attempt);
      }
    }
  }

  /** Makes the calls and logs those that fail. False when one failed since its object has too much to do. */
  private async tell(calls: (() => Promise<unknown>)[]): Promise<boolean> {
    const results = await Promise.allSettled(calls.map((call) => this.attempt(call)));
    const failures: CallError[] = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    for (const failure of failures) log("warn", "a queue was not told", { error: String(failure) });
    return !failures.some(({ overloaded }) => overloaded);
  }
}
