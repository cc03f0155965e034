import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import {
  createPolicy,
  deletePolicy,
  filterPolicies,
  readPolicy,
  updatePolicy,
} from "../services/notification-policies/notification-policies.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import {
  NotificationPoliciesFilterBody,
  NotificationPolicy,
  NotificationPolicyCreate,
  NotificationPolicyUpdate,
  notificationPolicyToWire,
} from "../wire/prefect/notification-policies.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Flow Run Notification Policies"];
const one = { path: "/flow_run_notification_policies/{id}", params: paramsById, tags };

export const notificationPolicyEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/flow_run_notification_policies/",
      summary: "Create a notification policy",
      tags,
      body: { model: NotificationPolicyCreate },
      responses: { 201: NotificationPolicy },
    },
    async (tenant, { body }) => {
      const { messageTemplate = null, ...policy } = neutral(body);
      return { status: 201, body: notificationPolicyToWire(await createPolicy(tenant, { ...policy, messageTemplate })) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/flow_run_notification_policies/filter",
      summary: "List notification policies",
      tags,
      body: { keys: NotificationPoliciesFilterBody },
      responses: { 200: z.array(NotificationPolicy) },
    },
    async (tenant, { body }) => {
      const policies = await filterPolicies(tenant, neutral(body.flow_run_notification_policy_filter), pageOf(body));
      return { status: 200, body: policies.map(notificationPolicyToWire) };
    },
  ),
  endpoint(
    { ...one, method: "get", summary: "Read a notification policy", responses: { 200: NotificationPolicy } },
    async (tenant, { params }) => ({
      status: 200,
      body: notificationPolicyToWire(await readPolicy(tenant, params.id)),
    }),
  ),
  endpoint(
    {
      ...one,
      method: "patch",
      summary: "Change a notification policy",
      body: { model: NotificationPolicyUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updatePolicy(tenant, params.id, neutral(present(body)));
      return { status: 204 };
    },
  ),
  endpoint({ ...one, method: "delete", summary: "Delete a notification policy", responses: { 204: null } }, async (tenant, { params }) => {
    await deletePolicy(tenant, params.id);
    return { status: 204 };
  }),
];
