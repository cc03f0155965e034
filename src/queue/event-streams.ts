import type { Event } from "../domain/events/event.ts";
import type { Env } from "../env.ts";
import { log } from "../observe/log.ts";
import type { Meter } from "../observe/meter.ts";
import type { Owner } from "./messages.ts";
import { eventStreamObject } from "./names.ts";

/** The live events of one tenant. Telling them never fails its caller: the events are kept in D1 by then. */
export class EventStreams {
  private readonly env: Env;
  private readonly owner: Owner;
  private readonly meter: Meter;

  constructor(env: Env, owner: Owner, meter: Meter) {
    this.env = env;
    this.owner = { tenantId: owner.tenantId, shard: owner.shard };
    this.meter = meter;
  }

  /** Sends events to whoever listens. */
  async publish(events: Event[]): Promise<void> {
    this.meter.durableObjectCalls += 1;
    try {
      await this.stub().publish(events);
    } catch (error) {
      log("warn", "live events were not sent", { error: String(error) });
    }
  }

  /** Opens a socket to the tenant's live events. */
  open(request: Request): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set("x-slipway-owner", JSON.stringify(this.owner));
    return this.stub().fetch("https://events.internal/", { headers });
  }

  private stub() {
    return this.env.EVENT_STREAM.get(this.env.EVENT_STREAM.idFromName(eventStreamObject(this.owner.tenantId)));
  }
}
