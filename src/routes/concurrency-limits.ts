import { z } from "@hono/zod-openapi";
import { deleteTagLimit, listTagLimits, readTagLimit, resetTagLimit, setTagLimit } from "../services/concurrency-limits/tag-limits.ts";
import {
  ConcurrencyLimit,
  ConcurrencyLimitCreate,
  ConcurrencyLimitResetBody,
  paramsByTag,
  tagLimitToWire,
} from "../wire/prefect/concurrency-limits.ts";
import { paramsById } from "../wire/prefect/filters.ts";
import { PageBody, pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Concurrency Limits"];

/** Reading and deleting one limit, by the path that names it. */
const ofOne = <P extends typeof paramsById | typeof paramsByTag>(path: string, by: string, params: P): Endpoint[] => [
  endpoint(
    { method: "get", path, summary: `Read a tag's limit by ${by}`, tags, params, responses: { 200: ConcurrencyLimit } },
    async (tenant, input) => ({
      status: 200,
      body: tagLimitToWire(await readTagLimit(tenant, input.params)),
    }),
  ),
  endpoint(
    { method: "delete", path, summary: `Delete a tag's limit by ${by}`, tags, params, responses: { 200: z.null() } },
    async (tenant, input) => {
      await deleteTagLimit(tenant, input.params);
      return { status: 200, body: null };
    },
  ),
];

export const concurrencyLimitEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/concurrency_limits/",
      summary: "Limit the task runs of a tag, or change the limit",
      tags,
      body: { model: ConcurrencyLimitCreate },
      responses: { 200: ConcurrencyLimit },
    },
    async (tenant, { body: { tag, concurrency_limit } }) => ({
      status: 200,
      body: tagLimitToWire(await setTagLimit(tenant, { tag, concurrencyLimit: concurrency_limit })),
    }),
  ),
  endpoint(
    {
      method: "post",
      path: "/concurrency_limits/filter",
      summary: "List the limits of tags",
      tags,
      body: { keys: PageBody },
      responses: { 200: z.array(ConcurrencyLimit) },
    },
    async (tenant, { body }) => ({ status: 200, body: (await listTagLimits(tenant, pageOf(body))).map(tagLimitToWire) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/concurrency_limits/tag/{tag}/reset",
      summary: "Free a tag's slots, or set who holds them",
      tags,
      params: paramsByTag,
      body: { keys: ConcurrencyLimitResetBody },
      responses: { 200: z.null() },
    },
    async (tenant, { params, body }) => {
      await resetTagLimit(tenant, params.tag, body.slot_override ?? []);
      return { status: 200, body: null };
    },
  ),
  ...ofOne("/concurrency_limits/tag/{tag}", "tag", paramsByTag),
  ...ofOne("/concurrency_limits/{id}", "id", paramsById),
];
