import { z } from "@hono/zod-openapi";
import { buildSchemaFields } from "../../domain/blocks/schema-references.ts";
import { STANDARD_SCHEMAS, STANDARD_TYPES } from "../../domain/blocks/standard-types.ts";
import { found } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import workerMetadata from "./collections/worker-metadata.json";

/**
 * The views of the registry of collections, by package. Workers and blocks are those that Prefect 2.20 knows of; flows of
 * collections and demo flows are none of ours.
 */
const VIEWS: Record<string, () => JsonObject> = {
  "aggregate-worker-metadata": () => workerMetadata as JsonObject,
  "aggregate-block-metadata": blockMetadata,
  "aggregate-flow-metadata": () => ({}),
  "demo-flows": () => ({}),
};

/** A view by name. Refuses 404. */
export function collectionView(view: string): JsonObject {
  return found(Object.hasOwn(VIEWS, view) ? VIEWS[view] : undefined, `View ${view} not found in registry`)();
}

export const CollectionView = z.custom<JsonObject>().openapi("CollectionView", { type: "object", additionalProperties: true } as never);

function blockMetadata(): JsonObject {
  const slugs = new Map(STANDARD_TYPES.map(({ key, slug }) => [key, slug]));
  const rows = STANDARD_SCHEMAS.map((schema) => ({ ...schema, id: schema.key, blockTypeSlug: slugs.get(schema.typeKey) ?? "" }));
  const links = STANDARD_SCHEMAS.flatMap(({ key, references }) =>
    references.map((nested) => ({ parentId: key, name: nested.name, referenceId: nested.key })),
  );
  const entries = STANDARD_TYPES.map((type) => {
    const schema = rows.find(({ typeKey }) => typeKey === type.key);
    const block: JsonObject = {
      name: type.name,
      slug: type.slug,
      logo_url: type.logoUrl,
      documentation_url: type.documentationUrl,
      description: type.description,
      code_example: type.codeExample,
      block_schema: schema
        ? {
            checksum: schema.checksum,
            fields: buildSchemaFields(schema.key, rows, links),
            capabilities: schema.capabilities,
            version: schema.version,
          }
        : null,
    };
    return { collection: type.collection, slug: type.slug, block };
  });
  const byCollection = Map.groupBy(entries, ({ collection }) => collection);
  return Object.fromEntries(
    [...byCollection].map(([collection, blocks]) => [
      collection,
      { block_types: Object.fromEntries(blocks.map(({ slug, block }) => [slug, block])) },
    ]),
  );
}
