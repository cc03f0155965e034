import { z } from "@hono/zod-openapi";
import { InvalidRequest } from "../../domain/errors.ts";
import type { FlowRunInputRow } from "../../store/flow-run-inputs.ts";
import { invalidPlaces } from "./errors.ts";
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

export const FlowRunInputCreateBody = z.object({ key: text(), value: bytes(), sender: optional(text()) });

/**
 * A request's input as the services take it. Throws InvalidRequest for a key that is none, which is only asked when the rest of
 * the request is right, as by the real server.
 */
export function newInputOf(flowRunId: string, body: z.output<typeof FlowRunInputCreateBody>) {
  const key = slug("-", "value").safeParse(body.key);
  if (!key.success) throw new InvalidRequest(invalidPlaces(key.error, ["body", "key"], body.key));
  return { flowRunId, key: key.data, value: body.value, sender: body.sender ?? null };
}

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
