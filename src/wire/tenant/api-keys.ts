import { z } from "@hono/zod-openapi";
import { formatTime } from "../../domain/time.ts";
import type { ApiKeyRow } from "../../store/directory.ts";
import { model, text } from "../prefect/model.ts";
import { time, timeOrNull } from "../prefect/objects.ts";

export const ApiKeyCreate = model("ApiKeyCreate", { name: text({ minLength: 1, maxLength: 100 }) });

const shape = { id: z.string(), name: z.string(), created: time(), revoked: time().nullable() };

export const ApiKey = z.object(shape).openapi("ApiKey");

/** With the key itself: answered when it is made. */
export const ApiKeyWithSecret = z.object({ ...shape, api_key: z.string() }).openapi("ApiKeyWithSecret");

export const apiKeyToWire = ({ id, name, createdAt, revokedAt }: ApiKeyRow): z.input<typeof ApiKey> => ({
  id,
  name,
  created: formatTime(createdAt),
  revoked: timeOrNull(revokedAt),
});
