import { z } from "@hono/zod-openapi";
import { createSchedules, deleteSchedule, readSchedules, updateSchedule } from "../services/schedules/change-schedules.ts";
import { comingOccurrences, previewSchedule } from "../services/schedules/preview.ts";
import { scheduleRuns } from "../services/schedules/schedule-runs.ts";
import { paramsById } from "../wire/prefect/filters.ts";
import {
  DeploymentSchedulePreview,
  deploymentPreviewToWire,
  PreviewBody,
  PreviewQuery,
  previewToWire,
  SchedulePreview,
} from "../wire/prefect/schedule-previews.ts";
import {
  DeploymentSchedule,
  DeploymentSchedulesCreate,
  DeploymentScheduleUpdate,
  newScheduleOf,
  paramsOfSchedule,
  ScheduleSpanBody,
  scheduleChangesOf,
  scheduleSpanOf,
  scheduleToWire,
} from "../wire/prefect/schedules.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Deployments"];

export const deploymentScheduleEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "get",
      path: "/deployments/{id}/schedules",
      summary: "List a deployment's schedules",
      tags,
      params: paramsById,
      responses: { 200: z.array(DeploymentSchedule) },
    },
    async (tenant, { params }) => ({ status: 200, body: (await readSchedules(tenant, params.id)).map(scheduleToWire) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/deployments/{id}/schedules",
      summary: "Give a deployment more schedules",
      tags,
      params: paramsById,
      body: { model: DeploymentSchedulesCreate },
      responses: { 201: z.array(DeploymentSchedule) },
    },
    async (tenant, { params, body }) => {
      const schedules = await createSchedules(tenant, params.id, body.map(newScheduleOf));
      return { status: 201, body: schedules.map(scheduleToWire) };
    },
  ),
  endpoint(
    {
      method: "patch",
      path: "/deployments/{id}/schedules/{schedule_id}",
      summary: "Change a schedule",
      tags,
      params: paramsOfSchedule,
      body: { model: DeploymentScheduleUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updateSchedule(tenant, params.id, params.schedule_id, scheduleChangesOf(body));
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/deployments/{id}/schedules/{schedule_id}",
      summary: "Delete a schedule",
      tags,
      params: paramsOfSchedule,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteSchedule(tenant, params.id, params.schedule_id);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/deployments/{id}/schedule",
      summary: "Make the runs of a deployment's schedules within a span",
      tags,
      params: paramsById,
      body: { keys: ScheduleSpanBody },
      responses: { 200: z.null() },
    },
    async (tenant, { params, body }) => {
      await scheduleRuns(tenant, params.id, scheduleSpanOf(body));
      return { status: 200, body: null };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/deployments/{id}/schedules/{schedule_id}/preview",
      summary: "Tell a schedule's next occurrences",
      tags,
      params: paramsOfSchedule,
      query: PreviewQuery,
      responses: { 200: DeploymentSchedulePreview },
    },
    async (tenant, { params, query }) => ({
      status: 200,
      body: deploymentPreviewToWire(await previewSchedule(tenant, params.id, params.schedule_id, query.n)),
    }),
  ),
  endpoint(
    {
      method: "post",
      path: "/schedules/preview",
      summary: "Tell the next occurrences of a schedule that is not saved",
      tags,
      body: { keys: PreviewBody },
      responses: { 200: SchedulePreview },
    },
    async (tenant, { body: { schedule, n, start } }) => ({
      status: 200,
      body: previewToWire({ schedule, occurrences: comingOccurrences(schedule, n, start ?? tenant.now()) }),
    }),
  ),
];
