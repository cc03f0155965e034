import type { Body, Client } from "./tenant.ts";

export const MASK = "********";

export const makeType = (me: Client, slug: string, more = {}): Promise<Body> =>
  me.must("POST", "/block_types/", { name: slug, slug, ...more });

export function makeSchema(me: Client, type: Body, fields: object = {}, more = {}): Promise<Body> {
  const body = {
    title: type.name,
    type: "object",
    properties: {},
    block_type_slug: type.slug,
    secret_fields: [],
    block_schema_references: {},
    ...fields,
  };
  return me.must("POST", "/block_schemas/", { fields: body, block_type_id: type.id, ...more });
}

export const makeDocument = (me: Client, schema: Body, name: string, data: object, more = {}): Promise<Body> =>
  me.must("POST", "/block_documents/", { name, data, block_schema_id: schema.id, block_type_id: schema.block_type_id, ...more });

export const refTo = (document: Body) => ({ $ref: { block_document_id: document.id } });

/** The schema of a block that holds a block of another schema under `name`. */
export const holding = (name: string, child: Body) => ({
  properties: { [name]: { $ref: `#/definitions/${child.fields.title}` } },
  block_schema_references: { [name]: { block_type_slug: child.block_type.slug, block_schema_checksum: child.checksum } },
  definitions: { [child.fields.title]: child.fields },
});
