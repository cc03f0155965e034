import { env, runInDurableObject } from "cloudflare:test";

/** A fault of the database: the batch after `skip` others fails before it has an effect, or has it and its answer is lost. */
export interface Fault {
  skip: number;
  kind: "before" | "after";
}

let fault: Fault | null = null;
const database = env.DB_0;
const batch = database.batch.bind(database);
// Requests, objects and the cron share it.
database.batch = async (statements: D1PreparedStatement[]) => {
  const isHit = fault !== null && fault.skip === 0;
  const kind = fault?.kind;
  if (fault) fault = isHit ? null : { ...fault, skip: fault.skip - 1 };
  if (isHit && kind === "before") throw new Error("D1_ERROR: Network connection lost.");
  const results = await batch(sample ? [...statements, sample.statement] : statements);
  if (sample) sample.take(results.pop()?.results as never[]);
  if (isHit) throw new Error("D1_ERROR: Network connection lost.");
  return results as never;
};

let sample: { statement: D1PreparedStatement; take: (rows: never[]) => void } | null = null;

/** From now on reads something at the end of every batch, in the same transaction; null ends it. So nothing that was committed is overlooked. */
export function sampleEachBatch<T>(statement: D1PreparedStatement | null, take: (rows: T[]) => void = () => undefined): void {
  sample = statement && { statement, take };
}

/** Does something while the database has a fault; gives what came of it, undefined when it failed. */
export async function during<T>(given: Fault | null, action: () => Promise<T>): Promise<T | undefined> {
  fault = given;
  try {
    return await action().catch(() => undefined);
  } finally {
    fault = null;
  }
}

/** Throws an object out of memory, as the platform does at any time. */
export async function evict(object: DurableObjectStub): Promise<void> {
  await runInDurableObject(object as never, (_, state: DurableObjectState) => state.abort("evicted")).catch(() => undefined);
}
