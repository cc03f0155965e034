import { DurableObject } from "cloudflare:workers";
import { configOf, type Env } from "../env.ts";
import { shardOf } from "./shard.ts";
import { type Kind, work } from "./work.ts";

/** The first wait, and the longest, when queues have too much to do or the work fails; it doubles. */
const FIRST_WAIT_MILLIS = 2000;
const LONGEST_WAIT_MILLIS = 60_000;

interface Left {
  shard: number;
  kinds: Kind[];
}

/**
 * Goes on with what a turn of the cron left of one database: each alarm is an invocation of its own, with its own time and its own
 * share of D1, and sets the next while there is more. So a backlog of any size drains without waiting for the next minute. It
 * remembers only which kinds are left; what is to be done D1 knows, and the cron finds anew whatever is forgotten here.
 */
export class Backlog extends DurableObject<Env> {
  private waitMillis = 0;

  /** Takes over kinds of work on a database: they begin at once, unless some wait already. */
  async takeOver(shard: number, kinds: Kind[]): Promise<void> {
    await this.keep({ shard, kinds }, 0);
  }

  override async alarm(): Promise<void> {
    const left = this.ctx.storage.kv.get<Left>("left");
    this.ctx.storage.kv.delete("left");
    const { backgroundWork, d1Queries } = configOf(this.env);
    if (!left || !backgroundWork) return;
    const outcomes = await work(shardOf(this.env, left.shard), left.kinds, Date.now() * 1000, d1Queries);
    const kinds = left.kinds.filter((kind) => outcomes.get(kind) !== "done");
    const isHeld = kinds.some((kind) => outcomes.get(kind) !== "left");
    this.waitMillis = isHeld ? Math.min(LONGEST_WAIT_MILLIS, Math.max(FIRST_WAIT_MILLIS, this.waitMillis * 2)) : 0;
    if (kinds.length > 0) await this.keep({ shard: left.shard, kinds }, this.waitMillis);
  }

  private async keep({ shard, kinds }: Left, waitMillis: number): Promise<void> {
    const known = this.ctx.storage.kv.get<Left>("left")?.kinds ?? [];
    this.ctx.storage.kv.put("left", { shard, kinds: [...new Set([...known, ...kinds])] });
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + waitMillis);
  }
}

/** The object that goes on with what is left of a database. */
export const backlogOf = (env: Env, shard: number): DurableObjectStub<Backlog> => env.BACKLOG.get(env.BACKLOG.idFromName(`shard-${shard}`));
