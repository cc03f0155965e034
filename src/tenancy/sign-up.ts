import { ConstraintFailed, Refusal } from "../domain/errors.ts";
import { databaseOf, type Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { insertAccount, insertApiKey, insertWorkspace } from "../store/directory.ts";
import { newId, now } from "./context.ts";
import { hashApiKey, makeApiKey } from "./keys.ts";
import { hashPassword } from "./passwords.ts";

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
}

/** Makes an account, its first workspace and a key of it, in one batch. Refuses (409) an address that has an account. */
export async function signUp(env: Env, input: SignUp, meter: Meter): Promise<SignedUp> {
  const db = new Database(databaseOf(env, 0), meter);
  const email = input.email.trim().toLowerCase();
  const account = { id: newId(), name: email.split("@")[0] ?? email };
  const workspace = { id: newId(), name: input.workspace };
  const apiKey = makeApiKey();
  const createdAt = now();
  try {
    await db.run(
      insertAccount(db, { ...account, email, passwordHash: await hashPassword(input.password), createdAt }),
      insertWorkspace(db, { ...workspace, accountId: account.id, shard: 0, createdAt }),
      insertApiKey(db, { hash: await hashApiKey(apiKey), id: newId(), workspaceId: workspace.id, name: "first key", createdAt }),
    );
  } catch (error) {
    if (error instanceof ConstraintFailed) throw new Refusal("conflict", "An account with this email address exists already.");
    throw error;
  }
  return { account, workspace, apiKey };
}
