import { z } from "@hono/zod-openapi";
import { STORAGE_SCOPES } from "../../domain/storage-scope.ts";
import { formatTime } from "../../domain/time.ts";
import type { OpenStorageKey } from "../../services/storage-keys/storage-keys.ts";
import type { StorageKeyRow } from "../../store/storage-keys.ts";
import { model, oneOf, text, withDefault } from "../prefect/model.ts";
import { time, timeOrNull } from "../prefect/objects.ts";

/** A new key of the file storage: what it may do, and with which files. */
export const StorageKeyCreate = model("StorageKeyCreate", {
  name: text({ minLength: 1, maxLength: 100 }),
  scope: withDefault(oneOf(...STORAGE_SCOPES), "readwrite"),
  prefix: withDefault(text({ maxLength: 500 }), ""),
});

const shape = {
  access_key_id: z.string(),
  name: z.string(),
  scope: z.enum(STORAGE_SCOPES),
  prefix: z.string(),
  version: z.int(),
  created: time(),
  revoked: time().nullable(),
};

export const StorageKey = z.object(shape).openapi("StorageKey");

/** With the secret: answered when it is made or changed. */
export const StorageKeyWithSecret = z.object({ ...shape, secret_access_key: z.string() }).openapi("StorageKeyWithSecret");

export const paramsByAccessKeyId = z.object({ access_key_id: text() });

export const storageKeyToWire = (row: StorageKeyRow): z.input<typeof StorageKey> => ({
  access_key_id: row.accessKeyId,
  name: row.name,
  scope: row.scope,
  prefix: row.prefix,
  version: row.version,
  created: formatTime(row.createdAt),
  revoked: timeOrNull(row.revokedAt),
});

export const openStorageKeyToWire = ({ row, secret }: OpenStorageKey): z.input<typeof StorageKeyWithSecret> => ({
  ...storageKeyToWire(row),
  secret_access_key: secret,
});
