import { Refusal } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { reprText } from "../parameters/python/repr.ts";
import { blockSchemaChecksum } from "./checksum.ts";
import { collectReferences, definitionKey, withPlainDefinitions } from "./definitions.ts";
import type { BlockReference } from "./document-references.ts";

/** One `block_schema_references` entry: a field that holds a block of a type; `checksum` is the schema it claims to have. */
interface NestedSchema {
  name: string;
  blockTypeSlug: string;
  checksum: string;
  /** The key of its fields in `definitions`; undefined if they are not there. */
  definition: string | undefined;
}

interface PlannedSchema {
  checksum: string;
  /** What to store: block definitions and references are apart, and are rebuilt when it is read. */
  fields: JsonObject;
  nested: NestedSchema[];
}

/** What creating a schema takes, before it is known which types and schemas exist. */
export interface SchemaPlan {
  root: PlannedSchema;
  /** The schemas nested in it at any depth, by their key in `definitions`. */
  nested: Map<string, PlannedSchema>;
  /** The fields as a create answers them: as stored, with references and definitions as they came. */
  answer: JsonObject;
  /** The slugs of the block types that must be looked up. */
  slugs: string[];
  /** The checksums of the schemas that must be looked up, the root's first. */
  checksums: string[];
}

/**
 * Takes a schema's fields apart: the root, the schemas nested in it that may have to be created from `definitions`, and the keys
 * of all rows that `resolveSchemaPlan` wants to know of. Refuses references that are no references.
 */
export async function planSchema(fields: JsonObject): Promise<SchemaPlan> {
  const definitions = isJsonObject(fields.definitions) ? fields.definitions : {};
  const root = await planOne(fields, fields.definitions, definitions);
  const nested = new Map<string, PlannedSchema>();
  const waiting = [...root.nested];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const key = next.definition;
    const own = key === undefined ? undefined : definitions[key];
    if (key === undefined || nested.has(key) || !isJsonObject(own)) continue;
    const planned = await planOne(own, fields.definitions, definitions);
    nested.set(key, planned);
    waiting.push(...planned.nested);
  }
  const schemas = [root, ...nested.values()];
  const references = schemas.flatMap((schema) => schema.nested);
  return {
    root,
    nested,
    answer: {
      ...root.fields,
      block_schema_references: fields.block_schema_references ?? {},
      ...(fields.definitions === undefined ? {} : { definitions: fields.definitions }),
    },
    slugs: [...new Set(references.map(({ blockTypeSlug }) => blockTypeSlug))],
    checksums: [...new Set([...schemas, ...references].map(({ checksum }) => checksum))],
  };
}

async function planOne(fields: JsonObject, allDefinitions: Json | undefined, definitions: JsonObject): Promise<PlannedSchema> {
  const complete = allDefinitions === undefined ? fields : { ...fields, definitions: allDefinitions };
  const { block_schema_references: references, ...stored } = withPlainDefinitions(complete);
  return { checksum: await blockSchemaChecksum(complete), fields: stored, nested: nestedSchemas(fields, references, definitions) };
}

function nestedSchemas(fields: JsonObject, references: Json | undefined, definitions: JsonObject): NestedSchema[] {
  if (references === undefined) return [];
  if (!isJsonObject(references)) throw new Refusal("invalid", "block_schema_references must be an object");
  return Object.entries(references).flatMap(([name, entries]) =>
    (Array.isArray(entries) ? entries : [entries]).map((entry) => {
      const { block_type_slug: blockTypeSlug, block_schema_checksum: checksum } = isJsonObject(entry) ? entry : {};
      if (typeof blockTypeSlug !== "string" || typeof checksum !== "string") {
        throw new Refusal(
          "invalid",
          `The block schema reference ${reprText(name)} must have a block_type_slug and a block_schema_checksum`,
        );
      }
      return { name, blockTypeSlug, checksum, definition: definitionOf(fields, name, blockTypeSlug, definitions) };
    }),
  );
}

/** The definition that a field refers to; where it refers to several, the one of the block type. */
function definitionOf(fields: JsonObject, name: string, slug: string, definitions: JsonObject): string | undefined {
  const field = isJsonObject(fields.properties) ? fields.properties[name] : undefined;
  const keys =
    field === undefined
      ? []
      : collectReferences(field)
          .map(definitionKey)
          .filter((key) => Object.hasOwn(definitions, key));
  if (keys.length === 1) return keys[0];
  return keys.find((key) => {
    const definition = definitions[key];
    return isJsonObject(definition) && definition.block_type_slug === slug;
  });
}

/** What exists of the rows that a plan asks for. */
export interface KnownBlocks {
  /** The id of each block type, by slug. */
  typeIds: ReadonlyMap<string, string>;
  /** The id of the newest schema of each checksum. */
  newestSchemaIds: ReadonlyMap<string, string>;
  /** The id of the schema of each checksum that has the version `non-versioned`. */
  unversionedSchemaIds: ReadonlyMap<string, string>;
}

/** A schema to insert. Nested ones have the version `non-versioned` and no capabilities. */
export interface NewSchema {
  id: string;
  checksum: string;
  fields: JsonObject;
  blockTypeId: string;
}

/**
 * The rows to insert for a planned schema that does not exist itself: the schemas, the root first, and the references between
 * them. Nested schemas that exist, by the checksum they claim or the one they have, are linked to. Takes the ids to give, one a
 * call. Throws Refusal for a block type that does not exist, or a nested schema that neither exists nor is defined
 * (`models.block_schemas._register_nested_block_schemas`).
 */
export function resolveSchemaPlan(
  plan: SchemaPlan,
  rootTypeId: string,
  known: KnownBlocks,
  newId: () => string,
): { schemas: NewSchema[]; references: BlockReference[] } {
  const schemas: NewSchema[] = [];
  const references = new Map<string, BlockReference>();
  const createdIds = new Map<string, string>();

  const create = (planned: PlannedSchema, blockTypeId: string): string => {
    const id = newId();
    createdIds.set(planned.checksum, id);
    schemas.push({ id, checksum: planned.checksum, fields: planned.fields, blockTypeId });
    for (const nested of planned.nested) {
      const row = { parentId: id, name: nested.name, referenceId: find(nested) };
      references.set(JSON.stringify(row), row);
    }
    return id;
  };

  const find = ({ blockTypeSlug, checksum, definition, name }: NestedSchema): string => {
    const typeId = known.typeIds.get(blockTypeSlug);
    if (typeId === undefined) {
      const reason = `block type ${reprText(blockTypeSlug)} was not found.Did you forget to register the block type?`;
      throw new Refusal("conflict", `Cannot create block schema because ${reason}`);
    }
    const existing = createdIds.get(checksum) ?? known.newestSchemaIds.get(checksum);
    if (existing !== undefined) return existing;
    const planned = definition === undefined ? undefined : plan.nested.get(definition);
    if (planned === undefined) {
      throw new Refusal("invalid", `Unable to create nested block schema for ${reprText(name)} due to missing definition.`);
    }
    return createdIds.get(planned.checksum) ?? known.unversionedSchemaIds.get(planned.checksum) ?? create(planned, typeId);
  };

  create(plan.root, rootTypeId);
  return { schemas, references: [...references.values()] };
}

/** What is needed of a stored schema. */
export interface StoredSchema {
  id: string;
  checksum: string;
  fields: JsonObject;
  blockTypeSlug: string;
}

/**
 * A schema's fields as clients read them: stored fields, `block_schema_references`, and `definitions` with the fields of nested
 * blocks by title. Rows needed: the schema and every one reachable from it by references, in order of creation, with their types'
 * slugs, and all references between them; one recursive query with UNION gives both. Throws Error if `id` is not among the rows.
 */
export function buildSchemaFields(id: string, rows: readonly StoredSchema[], references: readonly BlockReference[]): JsonObject {
  const rowById = new Map(rows.map((row) => [row.id, row]));
  const order = new Map(rows.map((row, index) => [row.id, index]));
  const sorted = references.toSorted((a, b) => (order.get(a.referenceId) ?? 0) - (order.get(b.referenceId) ?? 0));
  const referencesByParent = Map.groupBy(sorted, ({ parentId }) => parentId);

  const build = (row: StoredSchema, above: readonly string[]): JsonObject => {
    const path = [...above, row.id];
    const nested: [string, Json][] = [];
    let definitions = isJsonObject(row.fields.definitions) ? row.fields.definitions : {};
    for (const [name, children] of Map.groupBy(referencesByParent.get(row.id) ?? [], (reference) => reference.name)) {
      const schemas = children.flatMap(({ referenceId }) => rowById.get(referenceId) ?? []);
      const entries = schemas.map(({ checksum, blockTypeSlug }) => ({ block_schema_checksum: checksum, block_type_slug: blockTypeSlug }));
      const [first] = entries;
      if (first !== undefined) nested.push([name, entries.length === 1 ? first : entries]);
      for (const schema of schemas) if (!path.includes(schema.id)) definitions = { ...definitions, ...asDefinitions(build(schema, path)) };
    }
    const fields = { ...row.fields, block_schema_references: Object.fromEntries(nested) };
    return Object.keys(definitions).length > 0 ? { ...fields, definitions } : fields;
  };

  const root = rowById.get(id);
  if (root === undefined) throw new Error(`No row for block schema ${id}`);
  return build(root, []);
}

/** A nested schema's fields under its title, beside the definitions that it brings along; nothing for one without title. */
function asDefinitions({ definitions, ...fields }: JsonObject): JsonObject {
  if (typeof fields.title !== "string") return {};
  return { [fields.title]: fields, ...(isJsonObject(definitions) ? definitions : {}) };
}
