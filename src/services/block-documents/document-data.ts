import { Refusal } from "../../domain/errors.ts";
import { type Json, type JsonObject, stringifyJson } from "../../domain/json.ts";
import { Secrets } from "../../storage/secrets.ts";
import type { TenantContext } from "../../tenancy/context.ts";

const MAX_DATA_BYTES = 1024 * 1024;

/** What to store for a document's data: its ciphertext, or where a long one went. Refuses (413) more than 1 MiB. */
export async function sealData(ctx: TenantContext, documentId: string, data: JsonObject): Promise<Json> {
  if (new TextEncoder().encode(stringifyJson(data)).length > MAX_DATA_BYTES) {
    throw new Refusal("tooLarge", `The data of a block document may have at most ${MAX_DATA_BYTES} bytes.`);
  }
  const text = await new Secrets(ctx.config.encryptionKey, ctx.tenantId).encrypt(documentId, data);
  return ctx.bodies.spill<Json>(text, ctx.newId());
}

/** The data of stored documents, in their order. */
export async function openData(ctx: TenantContext, documents: readonly { id: string; data: Json }[]): Promise<JsonObject[]> {
  const secrets = new Secrets(ctx.config.encryptionKey, ctx.tenantId);
  return Promise.all(documents.map(async ({ id, data }) => secrets.decrypt(id, String(await ctx.bodies.restore(data)))));
}
