import { z } from "@hono/zod-openapi";
import type { VariableRow } from "../../store/variables.ts";
import { VariableFilter } from "./filters.ts";
import { list, model, oneOf, optional, slug, text, withDefault } from "./model.ts";
import { ormFields, ormToWire } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

const MAX_NAME = 255;
const MAX_VALUE = 5000;

/** A null meets Prefect's own check, which matches it against a pattern. */
const none = { msg: "expected string or bytes-like object, got 'NoneType'", type: "type_error" };

export const VariableCreate = model("VariableCreate", {
  name: slug("_", "Variable name", { maxLength: MAX_NAME }),
  value: text({ maxLength: MAX_VALUE }),
  tags: withDefault(list(text()), []),
});

export const VariableUpdate = model("VariableUpdate", {
  name: slug("_", "Variable name", { maxLength: MAX_NAME, none }).optional(),
  value: optional(text({ maxLength: MAX_VALUE })),
  tags: optional(list(text())),
});

const VariableSort = oneOf("CREATED_DESC", "UPDATED_DESC", "NAME_DESC", "NAME_ASC");

export const VariablesFilterBody = z.object({
  ...limitKey,
  ...offsetKey,
  variables: optional(VariableFilter),
  sort: withDefault(VariableSort, "NAME_ASC"),
});

export const VariablesCountBody = z.object({ variables: optional(VariableFilter) });

export const Variable = z.object({ ...ormFields, name: z.string(), value: z.string(), tags: z.array(z.string()) }).openapi("Variable");

/** A variable as the dialect shows it. */
export const variableToWire = (row: VariableRow): z.input<typeof Variable> => ({
  ...ormToWire(row),
  name: row.name,
  value: row.value,
  tags: row.tags,
});
