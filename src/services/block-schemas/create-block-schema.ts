import { requireFewNested } from "../../domain/blocks/nesting.ts";
import { planSchema, resolveSchemaPlan, type SchemaPlan } from "../../domain/blocks/schema-references.ts";
import { ConstraintFailed, found, notFound, Refusal } from "../../domain/errors.ts";
import { type JsonObject, stringifyJson } from "../../domain/json.ts";
import {
  type BlockSchemaRow,
  insertBlockSchemaReferences,
  insertBlockSchemas,
  schemaByChecksum,
  selectSchemasByChecksum,
} from "../../store/blocks/schemas.ts";
import { insertStandard } from "../../store/blocks/standard.ts";
import { type BlockTypeRow, selectBlockType, selectBlockTypesBySlug } from "../../store/blocks/types.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { shown } from "../block-types/read-block-types.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";
import type { FullSchema } from "./full-schemas.ts";
import { schemaReading, visible } from "./read-block-schemas.ts";

export interface NewBlockSchema {
  fields: JsonObject;
  blockTypeId: string | null;
  capabilities: string[];
  version: string;
}

/** The version of schemas that are registered with the schema that holds them. */
const UNVERSIONED = "non-versioned";

const MAX_FIELDS_CHARACTERS = 512 * 1024;
const ATTEMPTS = 3;

/**
 * Registers a block schema and those nested in it that are not known yet, or gives the one of that checksum and version unchanged.
 * Two round trips, one when it exists. Refuses an unknown type (404; 409 for a nested one) and fields too large (413).
 */
export async function createBlockSchema(ctx: TenantContext, input: NewBlockSchema): Promise<{ schema: FullSchema; created: boolean }> {
  if (input.blockTypeId === null) throw notFound("Block type None not found.");
  if (stringifyJson(input.fields).length > MAX_FIELDS_CHARACTERS) {
    throw new Refusal("tooLarge", `The fields of a block schema may have at most ${MAX_FIELDS_CHARACTERS} characters.`);
  }
  requireFewNested(input.fields);
  const plan = await planSchema(input.fields);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await register(ctx, input, input.blockTypeId, plan);
    } catch (error) {
      // Somebody registered one of the schemas meanwhile: now it is known.
      if (!(error instanceof ConstraintFailed && error.kind === "unique") || attempt === ATTEMPTS) throw error;
    }
  }
}

async function register(
  ctx: TenantContext,
  input: NewBlockSchema,
  typeId: string,
  plan: SchemaPlan,
): Promise<{ schema: FullSchema; created: boolean }> {
  const standard = new StandardBlocks(ctx.tenantId);
  const { checksum } = plan.root;
  const twin = standard.schemaOfChecksum(checksum);
  const reading = schemaReading(ctx, schemaByChecksum(checksum, input.version), twin?.version === input.version ? [twin] : [], {
    limit: 1,
    offset: 0,
  });
  const results = await ctx.db.run(
    ...reading.statements,
    selectBlockType(ctx.db, ctx.tenantId, typeId),
    selectBlockTypesBySlug(ctx.db, ctx.tenantId, plan.slugs),
    selectSchemasByChecksum(ctx.db, ctx.tenantId, plan.checksums),
  );
  const [, , , hidden, [row], nestedTypes, schemas] = results;
  const blockType: BlockTypeRow = found(row ?? shown(standard.type(typeId), hidden), `Block type ${typeId} not found.`);
  const [existing] = reading.schemas(results);
  if (existing) return { schema: existing, created: false };

  const standardTypes = plan.slugs.flatMap((slug) => shown(standard.typeOfSlug(slug), hidden) ?? []);
  const standardSchemas = visible(
    plan.checksums.flatMap((each) => standard.schemaOfChecksum(each) ?? []),
    hidden,
  );
  // The first of equal keys must win, and a Map keeps the last.
  const newestFirst = [...schemas, ...standardSchemas].reverse();
  const resolved = resolveSchemaPlan(
    plan,
    typeId,
    {
      typeIds: new Map([...standardTypes, ...nestedTypes].map((type) => [type.slug, type.id])),
      newestSchemaIds: new Map(newestFirst.map((schema) => [schema.checksum, schema.id])),
      unversionedSchemaIds: new Map(
        newestFirst.filter(({ version }) => version === UNVERSIONED).map((schema) => [schema.checksum, schema.id]),
      ),
    },
    ctx.newId,
  );
  const rows = resolved.schemas.map((schema, index): BlockSchemaRow => {
    const at = ctx.now();
    const own = index === 0 ? { capabilities: input.capabilities, version: input.version } : { capabilities: [], version: UNVERSIONED };
    return { tenantId: ctx.tenantId, ...schema, ...own, createdAt: at, updatedAt: at };
  });
  const needed = standard.needed(
    rows.map(({ blockTypeId }) => blockTypeId),
    resolved.references.map(({ referenceId }) => referenceId),
  );
  await ctx.db.run(
    ...insertStandard(ctx.db, ctx.tenantId, needed),
    ...insertBlockSchemas(ctx.db, rows),
    insertBlockSchemaReferences(ctx.db, ctx.tenantId, resolved.references),
  );
  return { schema: { ...found(rows[0], "Block schema not found"), fields: plan.answer, blockType }, created: true };
}
