import { z } from "@hono/zod-openapi";
import { notFound } from "../domain/errors.ts";
import { present } from "../domain/json.ts";
import { createDeployment } from "../services/deployments/create-deployment.ts";
import { createDeploymentRun } from "../services/deployments/create-run.ts";
import { deleteDeployment } from "../services/deployments/delete-deployment.ts";
import { listDeploymentFiles } from "../services/deployments/list-files.ts";
import { pauseDeployment, resumeDeployment } from "../services/deployments/pause-deployment.ts";
import {
  countDeployments,
  filterDeployments,
  queuesTakingDeployment,
  readDeployment,
  readDeploymentByNames,
} from "../services/deployments/read-deployments.ts";
import { updateDeployment } from "../services/deployments/update-deployment.ts";
import type { TenantContext } from "../tenancy/context.ts";
import { ProvenanceHeaders } from "../wire/prefect/caller.ts";
import {
  CheckedWorkQueue,
  checkedQueueToWire,
  Deployment,
  DeploymentCreate,
  DeploymentFlowRunCreate,
  DeploymentsCountBody,
  DeploymentsFilterBody,
  DeploymentUpdate,
  deploymentChangesOf,
  deploymentRunOf,
  deploymentToWire,
  newDeploymentOf,
} from "../wire/prefect/deployments.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { FlowRun, flowRunToWire } from "../wire/prefect/flow-runs.ts";
import { text } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { isCanonicalId } from "../wire/prefect/run-graph.ts";
import { FilePage, FilesQuery, filePageToWire } from "../wire/tenant/deployment-files.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Deployments"];

/** Two names, the old one first, for the same switch. They are there for ids in canonical spelling only; the others are no route. */
const switches = (
  names: readonly [string, string],
  summary: string,
  flip: (tenant: TenantContext, id: string) => Promise<void>,
): Endpoint[] =>
  names.map((name) =>
    endpoint(
      { method: "post", path: `/deployments/{id}/${name}`, summary, tags, params: z.object({ id: text() }), responses: { 200: z.null() } },
      async (tenant, { params }) => {
        if (!isCanonicalId(params.id)) throw notFound("Not Found");
        await flip(tenant, params.id);
        return { status: 200, body: null };
      },
    ),
  );

export const deploymentEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/deployments/",
      summary: "Create a deployment, or replace the one of that flow and name",
      tags,
      headers: ProvenanceHeaders,
      body: { model: DeploymentCreate },
      responses: { 200: Deployment, 201: Deployment },
    },
    async (tenant, { body }) => {
      const { deployment, created } = await createDeployment(tenant, newDeploymentOf(body));
      return { status: created ? 201 : 200, body: deploymentToWire(deployment, tenant.now()) };
    },
  ),
  endpoint(
    {
      method: "patch",
      path: "/deployments/{id}",
      summary: "Change a deployment",
      tags,
      params: paramsById,
      body: { model: DeploymentUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updateDeployment(tenant, params.id, present(deploymentChangesOf(body)));
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/deployments/name/{flow_name}/{deployment_name}",
      summary: "Read a deployment by its flow's name and its own",
      tags,
      params: z.object({ flow_name: text(), deployment_name: text() }),
      responses: { 200: Deployment },
    },
    async (tenant, { params }) => {
      const deployment = await readDeploymentByNames(tenant, params.flow_name, params.deployment_name);
      return { status: 200, body: deploymentToWire(deployment, tenant.now()) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/deployments/filter",
      summary: "List deployments",
      tags,
      body: { keys: DeploymentsFilterBody },
      responses: { 200: z.array(Deployment) },
    },
    async (tenant, { body }) => {
      const deployments = await filterDeployments(tenant, neutral(body), body.sort, pageOf(body));
      return { status: 200, body: deployments.map((deployment) => deploymentToWire(deployment, tenant.now())) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/deployments/count",
      summary: "Count deployments",
      tags,
      body: { keys: DeploymentsCountBody },
      responses: { 200: z.int() },
    },
    async (tenant, { body }) => ({ status: 200, body: await countDeployments(tenant, neutral(body)) }),
  ),
  endpoint(
    { method: "get", path: "/deployments/{id}", summary: "Read a deployment", tags, params: paramsById, responses: { 200: Deployment } },
    async (tenant, { params }) => ({ status: 200, body: deploymentToWire(await readDeployment(tenant, params.id), tenant.now()) }),
  ),
  endpoint(
    {
      method: "delete",
      path: "/deployments/{id}",
      summary: "Delete a deployment and its scheduled runs",
      tags,
      params: paramsById,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteDeployment(tenant, params.id);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/deployments/{id}/files",
      summary: "List the files of a deployment in the file storage",
      tags,
      params: paramsById,
      query: FilesQuery,
      responses: { 200: FilePage },
    },
    async (tenant, { params, query }) => ({ status: 200, body: filePageToWire(await listDeploymentFiles(tenant, params.id, query)) }),
  ),
  ...switches(["set_schedule_active", "resume_deployment"], "Let a paused deployment go on", resumeDeployment),
  ...switches(["set_schedule_inactive", "pause_deployment"], "Pause a deployment", pauseDeployment),
  endpoint(
    {
      method: "post",
      path: "/deployments/{id}/create_flow_run",
      summary: "Create a run of a deployment, or read the one of that idempotency key",
      tags,
      headers: ProvenanceHeaders,
      params: paramsById,
      body: { model: DeploymentFlowRunCreate },
      responses: { 200: FlowRun, 201: FlowRun },
    },
    async (tenant, { params, body }) => {
      const { run, created } = await createDeploymentRun(tenant, params.id, deploymentRunOf(body, tenant.now()));
      return { status: created ? 201 : 200, body: flowRunToWire(run, tenant.now()) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/deployments/{id}/work_queue_check",
      summary: "List the queues that let a deployment's runs through",
      tags,
      params: paramsById,
      responses: { 200: z.array(CheckedWorkQueue) },
    },
    async (tenant, { params }) => {
      const queues = await queuesTakingDeployment(tenant, params.id);
      return { status: 200, body: queues.map((queue) => checkedQueueToWire(queue, tenant.now())) };
    },
  ),
];
