import type { Micros } from "../domain/time.ts";
import { databaseOf, type Env } from "../env.ts";
import { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";

/** One database and what background work on it needs. */
export interface Shard {
  env: Env;
  number: number;
  db: Database;
  meter: Meter;
}

/** A database by its number. */
export function shardOf(env: Env, number: number): Shard {
  const meter = new Meter();
  return { env, number, meter, db: new Database(databaseOf(env, number), meter) };
}

/** The databases that are bound: `DB_0`, `DB_1`, … */
export function shardsOf(env: Env): Shard[] {
  const shards: Shard[] = [];
  for (let number = 0; `DB_${number}` in env; number += 1) shards.push(shardOf(env, number));
  return shards;
}

/** One turn of background work. */
export interface Turn {
  now: Micros;
  /** Whether what is left is to be handed on. */
  isOver(): boolean;
}

/** How long one kind of work goes on on one database at a time. */
const PATIENCE_MILLIS = 15_000;

/** A turn that ends by the clock, or when it has made so many D1 queries. */
export function turnOf({ meter }: Shard, now: Micros, queries: number): Turn {
  const endsAt = Date.now() + PATIENCE_MILLIS;
  const last = meter.d1Queries + queries;
  return { now, isOver: () => Date.now() >= endsAt || meter.d1Queries >= last };
}

/** What came of a turn: nothing is left, or some is, which should be gone on with at once, or after a while when `busy`. */
export type Outcome = "done" | "left" | "busy";

/** Does slices of work until one found less than it could have taken, or the turn ends. `slice` gives how much it found. */
export async function inSlices(size: number, turn: Turn, slice: () => Promise<number>): Promise<Outcome> {
  for (let found = size; found >= size; found = await slice()) {
    if (turn.isOver()) return "left";
  }
  return "done";
}
