import { Refusal } from "../errors.ts";
import { canonicalUuid } from "../ids.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { obfuscateSecrets, restoreSecrets } from "./secrets.ts";

/** A row that links a block (document or schema) to one it holds under `name`. */
export interface BlockReference {
  parentId: string;
  name: string;
  referenceId: string;
}

/** A document's data as it is stored: what it refers to is apart. */
export interface SeparatedData {
  data: JsonObject;
  references: { name: string; referenceId: string }[];
}

/**
 * Takes `{"$ref": {"block_document_id": id}}` values out of the top level of data; deeper ones stay data.
 * Throws Refusal for a `$ref` without an id (`_separate_block_references_from_data`).
 */
export function separateReferences(data: JsonObject): SeparatedData {
  const references: SeparatedData["references"] = [];
  const kept = Object.entries(data).filter(([name, value]) => {
    if (!isJsonObject(value) || !("$ref" in value)) return true;
    references.push({ name, referenceId: referencedId(name, value.$ref ?? null) });
    return false;
  });
  return { data: Object.fromEntries(kept), references };
}

function referencedId(name: string, target: Json): string {
  const id = isJsonObject(target) ? (target.block_document_id ?? null) : null;
  if (id === null) throw new Refusal("badRequest", `Received block reference without a block_document_id in key ${name}`);
  const referenceId = typeof id === "string" ? canonicalUuid(id) : undefined;
  if (referenceId === undefined) throw invalidReference("reference_block_document_id", "value is not a valid uuid (type=type_error.uuid)");
  return referenceId;
}

function invalidReference(field: string, problem: string): Refusal {
  return new Refusal("badRequest", `1 validation error for BlockDocumentReferenceCreate\n${field}\n  ${problem}`);
}

/**
 * What a document holds after an update. `stored` is its data without references, decrypted; masks in what was submitted stand
 * for stored secrets. `isMerged`: top-level keys not submitted keep their data, but references not submitted are gone
 * (`update_block_document`). Throws Refusal for a `$ref` without an id.
 */
export function updateData(stored: JsonObject, submitted: JsonObject, secretPaths: readonly string[], isMerged: boolean): SeparatedData {
  const restored = restoreSecrets(submitted, stored, secretPaths);
  return separateReferences(isMerged ? { ...stored, ...restored } : restored);
}

/** The rows to delete and to insert so that a document has the references it should have. Refuses a reference to itself. */
export function diffReferences(
  parentId: string,
  current: readonly BlockReference[],
  wanted: SeparatedData["references"],
): { removed: BlockReference[]; added: BlockReference[] } {
  const isSame = (a: { name: string; referenceId: string }, b: { name: string; referenceId: string }) =>
    a.name === b.name && a.referenceId === b.referenceId;
  if (wanted.some(({ referenceId }) => referenceId === parentId)) {
    const fields = "`parent_block_document_id` and `reference_block_document_id`";
    throw invalidReference("__root__", `${fields} cannot be the same (type=value_error)`);
  }
  return {
    removed: current.filter((row) => !wanted.some((reference) => isSame(row, reference))),
    added: wanted.filter((reference) => !current.some((row) => isSame(row, reference))).map((reference) => ({ parentId, ...reference })),
  };
}

/** What is needed of a stored document: its own data, decrypted, and the secret paths of its own schema. */
export interface StoredDocument {
  id: string;
  data: JsonObject;
  secretPaths: readonly string[];
}

/** A document as it is read: data with that of the documents it refers to, and these documents by name. */
export interface FullDocument<Row extends StoredDocument> {
  row: Row;
  data: JsonObject;
  references: Map<string, FullDocument<Row>>;
}

/**
 * Puts a document together with those it refers to, at any depth; secrets are masked, each document's by its own schema, unless
 * `includeSecrets`. Rows needed: the document and every one reachable from it by references (`rows`, in any order), and all
 * references between them; one recursive query with UNION gives both. A reference to a document that is missing, or that leads
 * back to one on the way, is left out. Throws Error if `id` is not among the rows.
 */
export function buildDocument<Row extends StoredDocument>(
  id: string,
  rows: readonly Row[],
  references: readonly BlockReference[],
  includeSecrets: boolean,
): FullDocument<Row> {
  const rowById = new Map(rows.map((row) => [row.id, row]));
  const referencesByParent = Map.groupBy(references, ({ parentId }) => parentId);
  const build = (row: Row, above: readonly string[]): FullDocument<Row> => {
    const path = [...above, row.id];
    const children = new Map<string, FullDocument<Row>>();
    for (const { name, referenceId } of referencesByParent.get(row.id) ?? []) {
      const child = path.includes(referenceId) ? undefined : rowById.get(referenceId);
      if (child !== undefined) children.set(name, build(child, path));
    }
    const own = includeSecrets ? row.data : obfuscateSecrets(row.data, row.secretPaths);
    const nested = Object.fromEntries([...children].map(([name, child]) => [name, child.data]));
    return { row, data: { ...own, ...nested }, references: children };
  };
  const root = rowById.get(id);
  if (root === undefined) throw new Error(`No row for block document ${id}`);
  return build(root, []);
}
