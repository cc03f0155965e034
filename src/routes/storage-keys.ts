import { z } from "@hono/zod-openapi";
import { createStorageKey, listStorageKeys, revokeStorageKey, rotateStorageKey } from "../services/storage-keys/storage-keys.ts";
import {
  openStorageKeyToWire,
  paramsByAccessKeyId,
  StorageKey,
  StorageKeyCreate,
  StorageKeyWithSecret,
  storageKeyToWire,
} from "../wire/tenant/storage-keys.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Storage keys"];

/** Our own: the keys of a tenant's file storage, below `/s3`. */
export const storageKeyEndpoints: Endpoint[] = [
  endpoint(
    { method: "get", path: "/storage_keys/", summary: "List the keys of the file storage", tags, responses: { 200: z.array(StorageKey) } },
    async (tenant) => ({ status: 200, body: (await listStorageKeys(tenant)).map(storageKeyToWire) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/storage_keys/",
      summary: "Make a key of the file storage",
      tags,
      body: { model: StorageKeyCreate },
      responses: { 201: StorageKeyWithSecret },
    },
    async (tenant, { body }) => ({ status: 201, body: openStorageKeyToWire(await createStorageKey(tenant, body)) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/storage_keys/{access_key_id}/rotate",
      summary: "Give a key of the file storage a new secret",
      tags,
      params: paramsByAccessKeyId,
      responses: { 200: StorageKeyWithSecret },
    },
    async (tenant, { params }) => ({ status: 200, body: openStorageKeyToWire(await rotateStorageKey(tenant, params.access_key_id)) }),
  ),
  endpoint(
    {
      method: "delete",
      path: "/storage_keys/{access_key_id}",
      summary: "Revoke a key of the file storage",
      tags,
      params: paramsByAccessKeyId,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await revokeStorageKey(tenant, params.access_key_id);
      return { status: 204 };
    },
  ),
];
