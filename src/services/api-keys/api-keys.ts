import { found, Refusal } from "../../domain/errors.ts";
import { type ApiKeyRow, insertApiKey, revokeApiKey as revokeStatement, selectApiKeys } from "../../store/directory.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** Keys of a workspace that may be in use at a time. */
const MOST_KEYS = 100;

/** A workspace's keys, the oldest first, revoked ones too; what is given opens nothing. One round trip. */
export async function listApiKeys(ctx: TenantContext): Promise<ApiKeyRow[]> {
  const [rows] = await ctx.directory.run(selectApiKeys(ctx.directory, ctx.tenantId));
  return rows;
}

/** A new key, shown this once. Two round trips. Refuses (409) more than a hundred that are in use. */
export async function createApiKey(ctx: TenantContext, name: string): Promise<{ row: ApiKeyRow; secret: string }> {
  const inUse = (await listApiKeys(ctx)).filter(({ revokedAt }) => revokedAt === null);
  if (inUse.length >= MOST_KEYS) throw new Refusal("conflict", `A workspace has at most ${MOST_KEYS} keys in use: revoke one first.`);
  const { secret, hash } = await ctx.newApiKey();
  const row = { id: ctx.newId(), name, createdAt: ctx.now(), revokedAt: null };
  await ctx.directory.run(insertApiKey(ctx.directory, { ...row, hash, workspaceId: ctx.tenantId }));
  return { row, secret };
}

/** Ends a key, within a minute everywhere, the one that asks too. One round trip. Refuses 404. */
export async function revokeApiKey(ctx: TenantContext, id: string): Promise<void> {
  const [[row]] = await ctx.directory.run(revokeStatement(ctx.directory, ctx.tenantId, id, ctx.now()));
  ctx.forgetApiKey(found(row, "API key not found").hash);
}
