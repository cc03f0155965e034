import type { TenantId } from "../domain/ids.ts";
import { databaseOf, type Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { deleteWorkspace } from "../store/deleted-workspaces.ts";
import { forgetTenant } from "./authenticate.ts";
import { now } from "./context.ts";
import { checkPassword, type PasswordInput } from "./sign-in.ts";
import { forgetStorageKeysOf } from "./storage-keys.ts";

/**
 * Deletes an account's first workspace, and the account with its last: keys and sessions end at once, here, and within a minute
 * everywhere; what the workspace has is removed by the scheduler. Refuses as the sign-in does.
 */
export async function closeAccount(env: Env, input: PasswordInput, meter: Meter): Promise<void> {
  const db = new Database(databaseOf(env, 0), meter);
  const { account, forgetAttempts } = await checkPassword(db, input);
  await db.runAll([...forgetAttempts, ...deleteWorkspace(db, account.accountId, account.workspaceId, now())]);
  forgetTenant(account.workspaceId as TenantId);
  forgetStorageKeysOf(account.workspaceId as TenantId);
}
