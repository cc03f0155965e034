import { z } from "@hono/zod-openapi";
import {
  countAutomations,
  createAutomation,
  deleteAutomation,
  deleteOwnedAutomations,
  enableAutomation,
  filterAutomations,
  readAutomation,
  readRelatedAutomations,
  replaceAutomation,
} from "../services/automations/automations.ts";
import {
  Automation,
  AutomationCreate,
  AutomationPartialUpdate,
  AutomationsFilterBody,
  AutomationUpdate,
  automationOf,
  automationToWire,
  paramsOfAutomation,
  paramsOfResource,
} from "../wire/prefect/automations.ts";
import { neutral } from "../wire/prefect/filters.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { AUTOMATIONS_DISABLED, whenEventsOn } from "./disabled.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Automations"];

const enabled: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/automations/",
      summary: "Create an automation",
      tags,
      body: { model: AutomationCreate },
      responses: { 201: Automation },
    },
    async (tenant, { body }) => {
      const input = { ...automationOf(body), ownerResource: body.owner_resource ?? null };
      return { status: 201, body: automationToWire(await createAutomation(tenant, input)) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/automations/filter",
      summary: "List automations",
      tags,
      body: { keys: AutomationsFilterBody },
      responses: { 200: z.array(Automation) },
    },
    async (tenant, { body }) => {
      const rows = await filterAutomations(tenant, neutral(body.automations ?? {}), body.sort, pageOf(body));
      return { status: 200, body: rows.map(automationToWire) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/automations/count",
      summary: "Count automations",
      tags,
      body: { keys: z.object({}) },
      responses: { 200: z.int() },
    },
    async (tenant) => ({ status: 200, body: await countAutomations(tenant) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/automations/related-to/{resource_id}",
      summary: "List the automations related to a resource",
      tags,
      params: paramsOfResource,
      responses: { 200: z.array(Automation) },
    },
    async (tenant, { params }) => ({
      status: 200,
      body: (await readRelatedAutomations(tenant, params.resource_id)).map(automationToWire),
    }),
  ),
  endpoint(
    {
      method: "delete",
      path: "/automations/owned-by/{resource_id}",
      summary: "Delete the automations that a resource owns",
      tags,
      params: paramsOfResource,
      responses: { 202: z.null() },
    },
    async (tenant, { params }) => {
      await deleteOwnedAutomations(tenant, params.resource_id);
      return { status: 202, body: null };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/automations/{id:uuid}",
      summary: "Read an automation",
      tags,
      params: paramsOfAutomation,
      responses: { 200: Automation },
    },
    async (tenant, { params }) => ({ status: 200, body: automationToWire(await readAutomation(tenant, params.id)) }),
  ),
  endpoint(
    {
      method: "put",
      path: "/automations/{id:uuid}",
      summary: "Replace an automation",
      tags,
      params: paramsOfAutomation,
      body: { model: AutomationUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await replaceAutomation(tenant, params.id, automationOf(body));
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "patch",
      path: "/automations/{id:uuid}",
      summary: "Switch an automation on or off",
      tags,
      params: paramsOfAutomation,
      body: { model: AutomationPartialUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await enableAutomation(tenant, params.id, body.enabled);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/automations/{id:uuid}",
      summary: "Delete an automation",
      tags,
      params: paramsOfAutomation,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteAutomation(tenant, params.id);
      return { status: 204 };
    },
  ),
];

export const automationEndpoints: Endpoint[] = enabled.map((route) => whenEventsOn(AUTOMATIONS_DISABLED, route));
