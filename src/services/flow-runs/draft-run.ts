import { runName } from "../../domain/names.ts";
import { NEW_RUN } from "../../domain/run-columns.ts";
import { answerOf } from "../../domain/states/answer.ts";
import type { FlowRunDecision } from "../../domain/states/decision.ts";
import { orchestrateFlowRun } from "../../domain/states/orchestrate.ts";
import type { ProposedState } from "../../domain/states/types.ts";
import type { FlowRunRow } from "../../store/flow-runs.ts";
import type { StateArtifact } from "../../store/state-artifacts.ts";
import type { FlowRunStateRow } from "../../store/states.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { historyColumns, stateColumns } from "../states/run-row.ts";
import { stateArtifact } from "../states/state-artifact.ts";
import { flowRunColumns, flowRunFacts } from "./move-flow-run.ts";

/** A flow run to make: all that its maker decides of it. Its name is made up when it is null. */
export interface FlowRunDraft
  extends Pick<
    FlowRunRow,
    | "flowId"
    | "deploymentId"
    | "deploymentVersion"
    | "workPoolId"
    | "workQueueId"
    | "workQueueName"
    | "flowVersion"
    | "parameters"
    | "idempotencyKey"
    | "context"
    | "policy"
    | "tags"
    | "parentTaskRunId"
    | "infrastructureDocumentId"
    | "jobVariables"
    | "autoScheduled"
    | "createdBy"
  > {
  name: string | null;
  state: ProposedState;
}

/** What a draft leaves out when it comes from no deployment and nobody said more. */
export const PLAIN_DRAFT = {
  deploymentId: null,
  deploymentVersion: null,
  workPoolId: null,
  workQueueId: null,
  workQueueName: null,
  flowVersion: null,
  parameters: {},
  idempotencyKey: null,
  context: {},
  policy: { retries: null, retryDelaySeconds: null, pauseKeys: [], resuming: false, retryType: null },
  tags: [],
  parentTaskRunId: null,
  infrastructureDocumentId: null,
  jobVariables: {},
  autoScheduled: false,
  createdBy: null,
} satisfies Partial<FlowRunDraft>;

/** The rows of a new run, and the decision that they are of. */
export interface DraftedRun {
  row: FlowRunRow;
  state: FlowRunStateRow;
  artifact: StateArtifact | null;
  decision: FlowRunDecision;
}

/** The rows of a new run in its first state, which is forced. Large parameters and the like go to R2 here. */
export async function draftFlowRun(ctx: TenantContext, draft: FlowRunDraft): Promise<DraftedRun> {
  const { state: proposed, name, ...columns } = draft;
  const now = ctx.now();
  const [parameters, context, jobVariables] = await Promise.all([
    ctx.bodies.spill(draft.parameters, ctx.newId()),
    ctx.bodies.spill(draft.context, ctx.newId()),
    draft.jobVariables && ctx.bodies.spill(draft.jobVariables, ctx.newId()),
  ]);
  const blank: FlowRunRow = {
    ...NEW_RUN,
    ...columns,
    ...{ parameters, context, jobVariables },
    tenantId: ctx.tenantId,
    id: ctx.newId(),
    name: name ?? runName(crypto.getRandomValues(new Uint8Array(2))),
    infrastructurePid: null,
    createdAt: now,
    updatedAt: now,
  };
  const decision = orchestrateFlowRun({
    run: flowRunFacts(blank),
    initial: null,
    proposed,
    now,
    newId: ctx.newId,
    clientVersion: ctx.caller.apiVersion,
    policy: "minimal",
  });
  answerOf(decision);
  const { written } = decision;
  if (written === null) throw new Error("a new flow run was refused its first state");
  const artifact = await stateArtifact(ctx, decision.effects.artifact, { flowRunId: blank.id, taskRunId: null }, now);
  const artifactId = artifact?.artifact.id ?? null;
  return {
    row: { ...blank, ...flowRunColumns(decision.run), ...stateColumns(written, artifactId) },
    state: { tenantId: ctx.tenantId, flowRunId: blank.id, ...historyColumns(written, artifactId) },
    artifact,
    decision,
  };
}
