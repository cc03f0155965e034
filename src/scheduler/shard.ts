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

/** The databases that are bound: `DB_0`, `DB_1`, … */
export function shardsOf(env: Env): Shard[] {
  const shards: Shard[] = [];
  for (let number = 0; `DB_${number}` in env; number += 1) {
    const meter = new Meter();
    shards.push({ env, number, meter, db: new Database(databaseOf(env, number), meter) });
  }
  return shards;
}

/** One turn of background work. */
export interface Turn {
  now: Micros;
  /** When what is left is to be handed on to the next turn, in milliseconds. */
  endsAt: number;
}

/** Does slices of work until one found less than it could have taken, or the turn ends. `slice` gives how much it found. */
export async function inSlices(size: number, { endsAt }: Turn, slice: () => Promise<number>): Promise<void> {
  let found = size;
  while (found === size && Date.now() < endsAt) found = await slice();
}
