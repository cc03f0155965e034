import { databaseOf, type Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { deleteSession } from "../store/sessions.ts";
import { forget } from "./authenticate.ts";
import { hashSecret } from "./keys.ts";

/** Ends the session of a token; nothing when there is none. Other isolates may believe it for the minute they remember keys. */
export async function signOut(env: Env, token: string, meter: Meter): Promise<void> {
  const hash = await hashSecret(token);
  forget("session", hash);
  const db = new Database(databaseOf(env, 0), meter);
  await db.run(deleteSession(db, hash));
}
