import {
  automationObject,
  enumText,
  eventObject,
  firingObject,
  firstOfKind,
  labelsObject,
  rowObject,
  stateObject,
} from "../../domain/automations/template-objects.ts";
import { timeObject } from "../../domain/automations/template-times.ts";
import type { Trigger } from "../../domain/automations/triggers.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Event, Labels } from "../../domain/events/event.ts";
import { canonicalUuid } from "../../domain/ids.ts";
import type { TemplateContext } from "../../domain/jinja/interpreter.ts";
import { TemplateObject, type TemplateValue } from "../../domain/jinja/values.ts";
import { isPolled } from "../../domain/work-pools/readiness.ts";
import type { AutomationRow } from "../../store/automations.ts";
import { selectVariableValues } from "../../store/variables.ts";
import { selectWorkPoolName } from "../../store/work-pools.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { readGlobalLimit } from "../concurrency-limits/global-limits.ts";
import { readDeployment } from "../deployments/read-deployments.ts";
import { readFlowRun } from "../flow-runs/read-flow-runs.ts";
import { readFlow } from "../flows/read-flow.ts";
import { readTaskRun } from "../task-runs/read-task-runs.ts";
import { readWorkPool } from "../work-pools/read-work-pools.ts";
import { readQueueStatus, readWorkQueue } from "../work-queues/read-work-queues.ts";

/** What an automation's templates are about: it, the trigger that fired, and the event that made it fire. */
export interface Subject {
  automation: AutomationRow;
  trigger: Trigger;
  firingId: string;
  labels: Labels;
  event: Event | null;
}

/** What links are relative to where nobody said what the page is called. */
const NO_PAGE = "http://ephemeral-prefect/api";

type Reader = (ctx: TenantContext, id: string, labels: Labels) => Promise<TemplateValue>;

/** The objects that a template may name, each the first of its kind that the event involves. */
const READERS: Readonly<Record<string, Reader>> = {
  deployment: async (ctx, id) => {
    const row = await readDeployment(ctx, id);
    const polled = [row.lastPolledAt, row.queuePolledAt].filter((at) => at !== null);
    const lastPolledAt = polled.length === 0 ? null : Math.max(...polled);
    return rowObject("prefect.deployment", row, {
      last_polled: lastPolledAt === null ? null : timeObject(lastPolledAt),
      is_schedule_active: !row.paused,
      infra_overrides: row.jobVariables,
      work_queue_name: row.linkedQueueName ?? row.workQueueName,
      status: enumText("DeploymentStatus", isPolled(lastPolledAt, ctx.now()) ? "READY" : "NOT_READY"),
    });
  },
  flow: async (ctx, id) => rowObject("prefect.flow", await readFlow(ctx, id)),
  flow_run: async (ctx, id, labels) => {
    const run = await readFlowRun(ctx, id);
    return rowObject("prefect.flow-run", run, { ...stateObject(run, labels), work_queue_name: run.linkedQueueName ?? run.workQueueName });
  },
  task_run: async (ctx, id, labels) => {
    const run = await readTaskRun(ctx, id);
    return rowObject("prefect.task-run", run, stateObject(run, labels));
  },
  work_pool: async (ctx, id) => {
    const [[named]] = await ctx.db.run(selectWorkPoolName(ctx.db, ctx.tenantId, id));
    if (!named) return null;
    const pool = await readWorkPool(ctx, named.name);
    const status = pool.type === "prefect-agent" ? null : pool.isPaused ? "PAUSED" : pool.hasOnlineWorker ? "READY" : "NOT_READY";
    return rowObject("prefect.work-pool", pool, { status: enumText("WorkPoolStatus", status) });
  },
  work_queue: async (ctx, id) => {
    const [queue, { lateRuns, lastPolledAt }] = await Promise.all([readWorkQueue(ctx, id), readQueueStatus(ctx, id)]);
    const isReady = isPolled(lastPolledAt, ctx.now());
    const status = enumText("WorkQueueStatus", queue.isPaused ? "PAUSED" : isReady ? "READY" : "NOT_READY");
    return rowObject("prefect.work-queue", queue, { status, healthy: lateRuns === 0 && isReady, late_runs_count: lateRuns });
  },
  concurrency_limit: async (ctx, id) => rowObject("prefect.concurrency-limit", await readGlobalLimit(ctx, { id })),
};

/**
 * What some templates of an automation are rendered with (`JinjaTemplateAction._template_context`). Of the objects in the workspace only
 * those are read whose names the templates hold; what is not there is undefined, or None.
 */
export async function templateContext(ctx: TenantContext, subject: Subject, templates: readonly string[]): Promise<TemplateContext> {
  const { automation, trigger, firingId, labels, event } = subject;
  const firing = firingObject({ id: firingId, trigger, labels, event, at: ctx.now() });
  const variables: Record<string, TemplateValue> = {
    automation: automationObject(automation),
    event: event && eventObject(event),
    labels: labelsObject(labels),
    firing,
    firings: [firing],
    events: event ? [eventObject(event)] : [],
  };
  const wanted = (name: string) => templates.some((template) => new RegExp(`\\b${name}\\b`).test(template));
  if (event) {
    const names = Object.keys(READERS).filter(wanted);
    const read = await Promise.all(names.map((name) => readObject(ctx, event, name)));
    for (const [index, name] of names.entries()) variables[name] = read[index] ?? null;
    if (wanted("variables")) variables.variables = await readVariables(ctx);
  }
  return { variables, pageUrl: ctx.config.publicUrl ?? NO_PAGE };
}

async function readObject(ctx: TenantContext, event: Event, name: string): Promise<TemplateValue> {
  const found = firstOfKind(event, `prefect.${name.replace("_", "-")}`);
  const id = found && canonicalUuid(found.id);
  if (!found || id === undefined) return null;
  try {
    return (await READERS[name]?.(ctx, id, found.labels)) ?? null;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

async function readVariables(ctx: TenantContext): Promise<TemplateValue> {
  const [rows] = await ctx.db.run(selectVariableValues(ctx.db, ctx.tenantId));
  return new TemplateObject(Object.fromEntries(rows.map(({ name, value }) => [name, value])));
}
