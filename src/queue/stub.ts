import type { Micros } from "../domain/time.ts";
import type { Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import type { Identity } from "../tenancy/context.ts";

/** What a queue object is told of one run, after the D1 commit. */
export interface RunNotice {
  queueId: string;
  runId: string;
  /** When the run is to start while it is SCHEDULED and may be handed out; null when it left that state, waits in process or is gone. */
  scheduledAt: Micros | null;
  /** The time of the state the notice speaks of: an older notice of the same run is ignored. */
  stateAt: Micros;
}

/** The queue objects of one tenant, typed. */
export class Queues {
  readonly env: Env;
  readonly identity: Identity;
  readonly meter: Meter;
  constructor(env: Env, identity: Identity, meter: Meter) {
    this.env = env;
    this.identity = identity;
    this.meter = meter;
  }

  /** Tells the queues of changed runs. A lost notice is healed by the queue's reconciliation, so failures are not the caller's. */
  async notify(_notices: readonly RunNotice[]): Promise<void> {}

  /** Tells queues that many of their runs changed at once: they read their window anew. */
  async refill(_queueIds: readonly string[]): Promise<void> {}
}
