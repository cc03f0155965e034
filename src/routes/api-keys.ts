import { z } from "@hono/zod-openapi";
import { createApiKey, listApiKeys, revokeApiKey } from "../services/api-keys/api-keys.ts";
import { paramsById } from "../wire/prefect/filters.ts";
import { ApiKey, ApiKeyCreate, ApiKeyWithSecret, apiKeyToWire } from "../wire/tenant/api-keys.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["API keys"];

/** Our own: the keys of a workspace. A session may use them too, so that one who lost all keys makes another. */
export const apiKeyEndpoints: Endpoint[] = [
  endpoint(
    { method: "get", path: "/api_keys/", summary: "List the API keys", tags, responses: { 200: z.array(ApiKey) } },
    async (tenant) => ({ status: 200, body: (await listApiKeys(tenant)).map(apiKeyToWire) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/api_keys/",
      summary: "Make an API key",
      tags,
      body: { model: ApiKeyCreate },
      responses: { 201: ApiKeyWithSecret },
    },
    async (tenant, { body }) => {
      const { row, secret } = await createApiKey(tenant, body.name);
      return { status: 201, body: { ...apiKeyToWire(row), api_key: secret } };
    },
  ),
  endpoint(
    { method: "delete", path: "/api_keys/{id}", summary: "Revoke an API key", tags, params: paramsById, responses: { 204: null } },
    async (tenant, { params }) => {
      await revokeApiKey(tenant, params.id);
      return { status: 204 };
    },
  ),
];
