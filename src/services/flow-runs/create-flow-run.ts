import type { TenantContext } from "../../tenancy/context.ts";
import { type FlowRunDraft, PLAIN_DRAFT } from "./draft-run.ts";
import { insertFlowRun } from "./insert-run.ts";

export type NewFlowRun = Pick<
  FlowRunDraft,
  | "name"
  | "state"
  | "flowId"
  | "flowVersion"
  | "parameters"
  | "context"
  | "parentTaskRunId"
  | "infrastructureDocumentId"
  | "policy"
  | "tags"
  | "idempotencyKey"
  | "deploymentId"
>;

/** Makes a flow run that its caller will execute itself, or gives the one of this idempotency key; see `insertFlowRun`. */
export const createFlowRun = (ctx: TenantContext, input: NewFlowRun) =>
  insertFlowRun(ctx, { ...PLAIN_DRAFT, ...input, createdBy: ctx.caller.provenance });
