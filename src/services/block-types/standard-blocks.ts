import {
  STANDARD_SCHEMAS,
  STANDARD_TYPES,
  type StandardSchema,
  type StandardType,
  standardId,
  standardSince,
} from "../../domain/blocks/standard-types.ts";
import type { TenantId } from "../../domain/ids.ts";
import type { LinkedSchemaRow } from "../../store/blocks/schemas.ts";
import type { StandardRows } from "../../store/blocks/standard.ts";
import type { BlockTypeRow } from "../../store/blocks/types.ts";

const typeByKey = new Map(STANDARD_TYPES.map((type) => [type.key, type]));
const typeBySlug = new Map(STANDARD_TYPES.map((type) => [type.slug, type]));
const schemaByKey = new Map(STANDARD_SCHEMAS.map((schema) => [schema.key, schema]));
const schemaByChecksum = new Map(STANDARD_SCHEMAS.map((schema) => [schema.checksum, schema]));

/** The standard block types and schemas as the rows that a tenant has of them once it uses them. */
export class StandardBlocks {
  private readonly tenantId: TenantId;

  constructor(tenantId: TenantId) {
    this.tenantId = tenantId;
  }

  types(): BlockTypeRow[] {
    return STANDARD_TYPES.map((type) => this.typeRow(type));
  }

  type(id: string): BlockTypeRow | undefined {
    const type = typeByKey.get(standardId(this.tenantId, id));
    return type && this.typeRow(type);
  }

  typeOfSlug(slug: string): BlockTypeRow | undefined {
    const type = typeBySlug.get(slug);
    return type && this.typeRow(type);
  }

  schemas(): LinkedSchemaRow[] {
    return STANDARD_SCHEMAS.map((schema) => this.schemaRow(schema));
  }

  schema(id: string): LinkedSchemaRow | undefined {
    const schema = schemaByKey.get(standardId(this.tenantId, id));
    return schema && this.schemaRow(schema);
  }

  schemaOfChecksum(checksum: string): LinkedSchemaRow | undefined {
    const schema = schemaByChecksum.get(checksum);
    return schema && this.schemaRow(schema);
  }

  /** The schemas and all standard schemas nested in them. */
  withNested(schemas: readonly LinkedSchemaRow[]): LinkedSchemaRow[] {
    const all = new Map(schemas.map((schema) => [schema.id, schema]));
    for (const { references } of all.values()) {
      for (const { referenceId } of references) {
        const nested = this.schema(referenceId);
        if (nested) all.set(nested.id, nested);
      }
    }
    return [...all.values()];
  }

  /** The rows to write before something refers to the ids: of those that are standard, the types and schemas, with all that these need. */
  needed(typeIds: readonly string[], schemaIds: readonly string[]): StandardRows {
    const schemas = this.withNested(schemaIds.flatMap((id) => this.schema(id) ?? []));
    const types = new Set([...typeIds, ...schemas.map(({ blockTypeId }) => blockTypeId)]);
    return { types: [...types].flatMap((id) => this.type(id) ?? []), schemas };
  }

  private typeRow(type: StandardType): BlockTypeRow {
    const { key, collection: _, ...own } = type;
    return { tenantId: this.tenantId, id: standardId(this.tenantId, key), ...own, ...this.age(STANDARD_TYPES.indexOf(type)) };
  }

  private schemaRow(schema: StandardSchema): LinkedSchemaRow {
    const { key, typeKey, references, ...own } = schema;
    const id = standardId(this.tenantId, key);
    return {
      tenantId: this.tenantId,
      id,
      blockTypeId: standardId(this.tenantId, typeKey),
      ...own,
      references: references.map((nested) => ({ parentId: id, name: nested.name, referenceId: standardId(this.tenantId, nested.key) })),
      ...this.age(STANDARD_SCHEMAS.indexOf(schema)),
    };
  }

  /** As old as the tenant, in the order in which they are kept. */
  private age(position: number) {
    const at = standardSince(this.tenantId) + position;
    return { createdAt: at, updatedAt: at };
  }
}
