import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import {
  createGlobalLimit,
  deleteGlobalLimit,
  listGlobalLimits,
  readGlobalLimit,
  updateGlobalLimit,
} from "../services/concurrency-limits/global-limits.ts";
import { decrementSlots, incrementSlots } from "../services/concurrency-limits/slots.ts";
import { neutral } from "../wire/prefect/filters.ts";
import {
  ConcurrencyLimitV2,
  ConcurrencyLimitV2Create,
  ConcurrencyLimitV2Update,
  DecrementBody,
  GlobalConcurrencyLimit,
  globalLimitToWire,
  IncrementBody,
  limitNamedBy,
  MinimalConcurrencyLimit,
  minimalLimitToWire,
  newGlobalLimitToWire,
  paramsByIdOrName,
} from "../wire/prefect/global-limits.ts";
import { PageBody, pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Concurrency Limits V2"];
const one = { path: "/v2/concurrency_limits/{id_or_name}", params: paramsByIdOrName, tags };

export const globalLimitEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/v2/concurrency_limits/",
      summary: "Create a global limit",
      tags,
      body: { model: ConcurrencyLimitV2Create },
      responses: { 201: ConcurrencyLimitV2 },
    },
    async (tenant, { body }) => ({ status: 201, body: newGlobalLimitToWire(await createGlobalLimit(tenant, neutral(body))) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/v2/concurrency_limits/filter",
      summary: "List the global limits",
      tags,
      body: { keys: PageBody },
      responses: { 200: z.array(GlobalConcurrencyLimit) },
    },
    async (tenant, { body }) => ({ status: 200, body: (await listGlobalLimits(tenant, pageOf(body))).map(globalLimitToWire) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/v2/concurrency_limits/increment",
      summary: "Take slots of global limits, of all or none",
      tags,
      body: { keys: IncrementBody },
      responses: { 200: z.array(MinimalConcurrencyLimit) },
    },
    async (tenant, { body }) => ({
      status: 200,
      body: (await incrementSlots(tenant, body.names, body.slots, body.mode)).map(minimalLimitToWire),
    }),
  ),
  endpoint(
    {
      method: "post",
      path: "/v2/concurrency_limits/decrement",
      summary: "Give slots back to global limits",
      tags,
      body: { keys: DecrementBody },
      responses: { 200: z.array(MinimalConcurrencyLimit) },
    },
    async (tenant, { body }) => {
      const limits = await decrementSlots(tenant, body.names, body.slots, body.occupancy_seconds ?? null);
      return { status: 200, body: limits.map(minimalLimitToWire) };
    },
  ),
  endpoint(
    { ...one, method: "get", summary: "Read a global limit", responses: { 200: GlobalConcurrencyLimit } },
    async (tenant, { params }) => ({
      status: 200,
      body: globalLimitToWire(await readGlobalLimit(tenant, limitNamedBy(params))),
    }),
  ),
  endpoint(
    { ...one, method: "patch", summary: "Change a global limit", body: { model: ConcurrencyLimitV2Update }, responses: { 204: null } },
    async (tenant, { params, body }) => {
      await updateGlobalLimit(tenant, limitNamedBy(params), neutral(present(body)));
      return { status: 204 };
    },
  ),
  endpoint({ ...one, method: "delete", summary: "Delete a global limit", responses: { 204: null } }, async (tenant, { params }) => {
    await deleteGlobalLimit(tenant, limitNamedBy(params));
    return { status: 204 };
  }),
];
