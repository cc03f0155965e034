import type { BlockReference } from "../../domain/blocks/document-references.ts";
import { requireFewPlaces } from "../../domain/blocks/nesting.ts";
import { buildSchemaFields, type StoredSchema } from "../../domain/blocks/schema-references.ts";
import type { LinkedSchemaRow } from "../../store/blocks/schemas.ts";
import type { BlockTypeRow } from "../../store/blocks/types.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";

/** A schema as it is read: its fields with references and definitions, and its type. */
export type FullSchema = Omit<LinkedSchemaRow, "references"> & { blockType: BlockTypeRow };

/** Puts schemas together with those nested in them. Rows needed: every one reachable, and the types of all that have a row. */
export class FullSchemas {
  private readonly rows: Map<string, LinkedSchemaRow>;
  private readonly types: Map<string, BlockTypeRow>;
  private readonly stored: StoredSchema[];
  private readonly references: BlockReference[];
  private readonly built = new Map<string, FullSchema>();

  constructor(rows: readonly LinkedSchemaRow[], types: readonly BlockTypeRow[]) {
    this.rows = new Map(rows.map((row) => [row.id, row]));
    this.types = new Map(types.map((type) => [type.id, type]));
    const oldestFirst = rows.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    this.stored = oldestFirst.map((row) => ({ ...row, blockTypeSlug: this.type(row).slug }));
    this.references = rows.flatMap((row) => row.references);
  }

  /** The schema's row; undefined when it is not among the rows. */
  row(id: string): LinkedSchemaRow | undefined {
    return this.rows.get(id);
  }

  /** The type of a document or schema. */
  type({ tenantId, blockTypeId }: Pick<LinkedSchemaRow, "tenantId" | "blockTypeId">): BlockTypeRow {
    const type = this.types.get(blockTypeId) ?? new StandardBlocks(tenantId).type(blockTypeId);
    if (!type) throw new Error(`No row for block type ${blockTypeId}`);
    return type;
  }

  /** The schema in full; undefined when it is not among the rows. Built once. Refuses (413) one that holds too many. */
  get(id: string): FullSchema | undefined {
    const row = this.rows.get(id);
    if (!row) return undefined;
    let full = this.built.get(id);
    if (!full) {
      requireFewPlaces([id], this.references);
      const { references: _, ...own } = row;
      full = { ...own, fields: buildSchemaFields(id, this.stored, this.references), blockType: this.type(row) };
      this.built.set(id, full);
    }
    return full;
  }
}
