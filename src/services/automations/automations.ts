import type { Action } from "../../domain/automations/actions.ts";
import { loopProblem } from "../../domain/automations/loops.ts";
import { eventTriggers, type Trigger, withFreshIds } from "../../domain/automations/triggers.ts";
import { InvalidRequest, Refusal } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import {
  type AutomationFilter,
  type AutomationRow,
  countAutomations as countStatement,
  deleteOwnedAutomations as deleteOwnedStatement,
  deleteAutomation as deleteStatement,
  forgetCounts,
  insertAutomation,
  selectAutomation,
  selectAutomations,
  selectRelatedAutomations,
  updateAutomation,
} from "../../store/automations.ts";
import type { NameSort } from "../../store/flows.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { checkJobVariables } from "./check-job-variables.ts";

export type NewAutomation = Pick<
  AutomationRow,
  "name" | "description" | "enabled" | "trigger" | "actions" | "actionsOnTrigger" | "actionsOnResolve"
>;

const hasJobVariables = (action: Action) => action.type === "run-deployment" && Object.keys(action.jobVariables ?? {}).length > 0;

const noSuchAutomation = () => new Refusal("notFound", "Automation not found", { envelope: "exception" });

/** When the trigger is to be looked at without an event: at once if it waits for absent ones, else never. */
const firstLook = (trigger: Trigger, enabled: boolean, now: number): number | null =>
  enabled && eventTriggers(trigger).some(({ posture }) => posture === "Proactive") ? now : null;

/**
 * Makes an automation. Its triggers get ids of our own. Refuses a deployment to run with job variables that does not exist (404), and
 * job variables that do not obey its pool's template (422).
 */
export async function createAutomation(
  ctx: TenantContext,
  input: NewAutomation & { ownerResource: string | null },
): Promise<AutomationRow> {
  await checkJobVariables(ctx, input.actions.filter(hasJobVariables));
  const now = ctx.now();
  const row: AutomationRow = {
    ...input,
    tenantId: ctx.tenantId,
    id: ctx.newId(),
    trigger: withFreshIds(input.trigger, ctx.newId),
    proactiveAt: firstLook(input.trigger, input.enabled, now),
    createdAt: now,
    updatedAt: now,
  };
  await ctx.db.run(insertAutomation(ctx.db, row));
  return row;
}

/** Replaces an automation; what its triggers had counted is forgotten. Refuses 404, and what `createAutomation` does. */
export async function replaceAutomation(ctx: TenantContext, id: string, input: NewAutomation): Promise<void> {
  await checkJobVariables(ctx, input.actions);
  const now = ctx.now();
  const trigger = withFreshIds(input.trigger, ctx.newId);
  const changes = { ...input, trigger, proactiveAt: firstLook(trigger, input.enabled, now), updatedAt: now };
  const [changed] = await ctx.db.runAll([updateAutomation(ctx.db, ctx.tenantId, id, changes), ...forgetCounts(ctx.db, ctx.tenantId, id)]);
  if ((changed as unknown[]).length === 0) throw noSuchAutomation();
}

/** Switches an automation on or off. Refuses 404, and 422 to switch on one that would run deployments for ever. */
export async function enableAutomation(ctx: TenantContext, id: string, enabled: boolean): Promise<void> {
  const { trigger, actions } = await readAutomation(ctx, id);
  const problem = loopProblem(enabled, trigger, actions);
  if (problem !== undefined) throw new InvalidRequest([{ loc: ["automation", "__root__"], msg: problem, type: "value_error" }]);
  const now = ctx.now();
  await ctx.db.run(updateAutomation(ctx.db, ctx.tenantId, id, { enabled, proactiveAt: firstLook(trigger, enabled, now), updatedAt: now }));
}

/** Deletes an automation. Refuses 404. */
export async function deleteAutomation(ctx: TenantContext, id: string): Promise<void> {
  const [[row]] = await ctx.db.run(deleteStatement(ctx.db, ctx.tenantId, id));
  if (!row) throw noSuchAutomation();
}

/** Deletes the automations that a resource owns. */
export async function deleteOwnedAutomations(ctx: TenantContext, resourceId: string): Promise<void> {
  await ctx.db.run(deleteOwnedStatement(ctx.db, ctx.tenantId, resourceId));
}

/** An automation by id. Refuses 404. */
export async function readAutomation(ctx: TenantContext, id: string): Promise<AutomationRow> {
  const [[row]] = await ctx.db.run(selectAutomation(ctx.db, ctx.tenantId, id));
  if (!row) throw noSuchAutomation();
  return row;
}

/** A page of the automations that match. */
export async function filterAutomations(
  ctx: TenantContext,
  filter: AutomationFilter,
  sort: NameSort,
  page: Page,
): Promise<AutomationRow[]> {
  const [rows] = await ctx.db.run(selectAutomations(ctx.db, ctx.tenantId, filter, sort, page));
  return rows;
}

/** How many automations there are. */
export async function countAutomations(ctx: TenantContext): Promise<number> {
  const [[row]] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId));
  return row?.count ?? 0;
}

/** The automations that a resource owns, or that run the deployment it is. */
export async function readRelatedAutomations(ctx: TenantContext, resourceId: string): Promise<AutomationRow[]> {
  const [rows] = await ctx.db.run(selectRelatedAutomations(ctx.db, ctx.tenantId, resourceId));
  return rows;
}
