import { z } from "@hono/zod-openapi";
import type { FlowRunInputRow } from "../../store/flow-run-inputs.ts";
import { field, integer, list, optional, slug, text, uuid, withDefault } from "./model.ts";
import { id, ormFields, ormToWire } from "./objects.ts";

/** `bytes`: text, or a scalar as text. */
const bytes = () =>
  field<string>(
    (value, fail) => {
      const result = text().safeParse(value);
      return result.success ? result.data : fail("byte type expected", "type_error.bytes");
    },
    { type: "string" },
  );

export const FlowRunInputCreateBody = z.object({ key: slug("-", "value"), value: bytes(), sender: optional(text()) });

export const FlowRunInputsFilterBody = z.object({
  prefix: text(),
  limit: withDefault(integer(), 1),
  exclude_keys: withDefault(list(text()), []),
});

export const paramsOfInput = z.object({ id: uuid(), key: text() });

export const FlowRunInput = z
  .object({ ...ormFields, flow_run_id: id(), key: z.string(), value: z.string(), sender: z.string().nullable() })
  .openapi("FlowRunInput");

export const flowRunInputToWire = (row: FlowRunInputRow): z.input<typeof FlowRunInput> => ({
  ...ormToWire(row),
  flow_run_id: row.flowRunId,
  key: row.key,
  value: row.value,
  sender: row.sender,
});
