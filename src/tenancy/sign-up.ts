import { ConstraintFailed, Refusal } from "../domain/errors.ts";
import type { TenantId } from "../domain/ids.ts";
import { databaseOf, type Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { insertAccount, insertApiKey, insertWorkspace } from "../store/directory.ts";
import { AGENT_POOL, poolRows } from "../store/pool-rows.ts";
import { insertWorkPool } from "../store/work-pools.ts";
import { insertWorkQueue } from "../store/work-queues.ts";
import { newId, now } from "./context.ts";
import { newApiKey } from "./keys.ts";
import { hashPassword } from "./passwords.ts";
import { newSession } from "./sessions.ts";

export interface SignUp {
  email: string;
  password: string;
  workspace: string;
}

export interface SignedUp {
  account: { id: string; name: string };
  workspace: { id: string; name: string };
  /** Shown this once. */
  apiKey: string;
  /** The token of a first session, for the cookie. */
  token: string;
}

/** Makes an account, its first workspace with the pool of agents, and a key and a session of it, in one batch. Refuses (409) an address that has an account. */
export async function signUp(env: Env, input: SignUp, meter: Meter): Promise<SignedUp> {
  const db = new Database(databaseOf(env, 0), meter);
  const email = input.email.trim().toLowerCase();
  const account = { id: newId(), name: email.split("@")[0] ?? email };
  const workspace = { id: newId(), name: input.workspace };
  const { secret: apiKey, hash } = await newApiKey();
  const session = await newSession(db, account.id, workspace.id);
  const createdAt = now();
  const { pool, queue } = poolRows({ tenantId: workspace.id as TenantId, newId, now }, AGENT_POOL);
  try {
    await db.run(
      insertAccount(db, { ...account, email, passwordHash: await hashPassword(input.password), createdAt }),
      insertWorkspace(db, { ...workspace, accountId: account.id, shard: 0, createdAt }),
      insertApiKey(db, { hash, id: newId(), workspaceId: workspace.id, name: "first key", createdAt }),
      session.statement,
      insertWorkPool(db, pool),
      insertWorkQueue(db, queue),
    );
  } catch (error) {
    if (error instanceof ConstraintFailed) throw new Refusal("conflict", "An account with this email address exists already.");
    throw error;
  }
  return { account, workspace, apiKey, token: session.token };
}
