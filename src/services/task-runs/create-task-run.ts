import { runName } from "../../domain/names.ts";
import { NEW_RUN } from "../../domain/run-columns.ts";
import { answerOf } from "../../domain/states/answer.ts";
import type { TaskRunDecision } from "../../domain/states/decision.ts";
import { orchestrateTaskRun } from "../../domain/states/orchestrate.ts";
import { isTerminal } from "../../domain/states/state.ts";
import type { ProposedState, State } from "../../domain/states/types.ts";
import { noteIfCancelled } from "../../store/cancelled-runs.ts";
import { ConstraintFailed, type Statement } from "../../store/database.ts";
import { insertStateArtifact, type StateArtifact } from "../../store/state-artifacts.ts";
import { insertTaskRunState } from "../../store/states.ts";
import { selectLimitsOfTags, type TagLimitRow } from "../../store/tag-slots.ts";
import { selectCachedState } from "../../store/task-run-caches.ts";
import { insertTaskRun, selectTaskRunByKeys, type TaskRunRead, type TaskRunRow } from "../../store/task-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { decideAgain } from "../states/decide-again.ts";
import { historyColumns, stateColumns } from "../states/run-row.ts";
import { stateArtifact } from "../states/state-artifact.ts";
import {
  cachedState,
  cacheStatements,
  SLOT_WAIT_SECONDS,
  slotStatements,
  tagLimit,
  taskRunColumns,
  taskRunFacts,
} from "./move-task-run.ts";

/** A task run to make. Its id and its name are made up when they are null. */
export interface TaskRunDraft
  extends Pick<
    TaskRunRow,
    "flowRunId" | "taskKey" | "dynamicKey" | "cacheKey" | "cacheExpiresAt" | "taskVersion" | "policy" | "tags" | "taskInputs"
  > {
  id: string | null;
  name: string | null;
  state: ProposedState;
}

interface Created {
  run: TaskRunRead;
  created: boolean;
}

/**
 * Makes a task run in its first state, which is forced, or gives the one that its flow run has of these keys, unchanged. One
 * round trip; two for a run of no flow run, which takes slots and cached results from the start. One of a flow run that was
 * cancelled meanwhile is cancelled by the cron.
 * Throws ConstraintFailed for a flow run that does not exist, or an id that another run has.
 */
export async function createTaskRun(ctx: TenantContext, draft: TaskRunDraft): Promise<Created> {
  const created =
    draft.flowRunId === null ? await decideAgain(() => createAutonomous(ctx, draft)) : await createInFlowRun(ctx, draft, draft.flowRunId);
  await ctx.bodies.restoreRows([created.run], "stateData");
  return created;
}

async function createInFlowRun(ctx: TenantContext, draft: TaskRunDraft, flowRunId: string): Promise<Created> {
  const made = await drafted(ctx, draft, [], null);
  const note = isTerminal(draft.state) ? [] : [noteIfCancelled(ctx.db, ctx.tenantId, flowRunId)];
  return write(ctx, made, [insertTaskRun(ctx.db, made.row), ...historyStatements(ctx, made), ...note]);
}

async function createAutonomous(ctx: TenantContext, draft: TaskRunDraft): Promise<Created> {
  const { cacheKey } = draft.state.details;
  const [[existing], limits, [cached]] = await ctx.db.run(
    selectTaskRunByKeys(ctx.db, ctx.tenantId, draft),
    selectLimitsOfTags(ctx.db, ctx.tenantId, draft.tags),
    selectCachedState(ctx.db, ctx.tenantId, cacheKey, ctx.now()),
  );
  if (existing) return { run: existing, created: false };
  if (cached) await ctx.bodies.restoreRows([cached], "data");
  const made = await drafted(ctx, draft, limits, cachedState(cached));
  const { row, decision } = made;
  return write(ctx, made, [
    insertTaskRun(ctx.db, row),
    ctx.db.guardChanged(),
    ...historyStatements(ctx, made),
    ...cacheStatements(ctx, row.id, decision, row.updatedAt),
    ...slotStatements(ctx, row.id, limits, decision, row.updatedAt),
  ]);
}

interface Drafted {
  row: TaskRunRow;
  state: State | null;
  artifact: StateArtifact | null;
  decision: TaskRunDecision;
}

async function drafted(ctx: TenantContext, draft: TaskRunDraft, limits: readonly TagLimitRow[], cached: State | null): Promise<Drafted> {
  const { state: proposed, ...columns } = draft;
  const now = ctx.now();
  const blank: TaskRunRow = {
    ...NEW_RUN,
    ...columns,
    tenantId: ctx.tenantId,
    id: draft.id ?? ctx.newId(),
    name: draft.name ?? runName(crypto.getRandomValues(new Uint8Array(2))),
    flowRunRunCount: 0,
    createdAt: now,
    updatedAt: now,
  };
  const decision = orchestrateTaskRun({
    run: taskRunFacts(blank),
    initial: null,
    proposed,
    now,
    newId: ctx.newId,
    flowRun: null,
    cached,
    limits: limits.map(tagLimit),
    random: Math.random,
    slotWaitSeconds: SLOT_WAIT_SECONDS,
    policy: "minimal",
  });
  answerOf(decision);
  const { written } = decision;
  const artifact = await stateArtifact(ctx, decision.effects.artifact, { flowRunId: blank.flowRunId, taskRunId: blank.id }, now);
  const row = { ...blank, ...taskRunColumns(decision.run), ...(written && stateColumns(written, artifact?.artifact.id ?? null)) };
  return { row, state: written, artifact, decision };
}

/** The statements of the first state, which is missing when the run has to wait for a slot. */
function historyStatements(ctx: TenantContext, { row, state, artifact }: Drafted): Statement[] {
  if (state === null) return [];
  return [
    insertTaskRunState(ctx.db, { tenantId: ctx.tenantId, taskRunId: row.id, ...historyColumns(state, row.stateArtifactId) }),
    ...insertStateArtifact(ctx.db, "task", artifact),
  ];
}

/** Runs the statements and reads the run, ours or the one that was there. */
async function write(ctx: TenantContext, { row }: Drafted, statements: Statement[]): Promise<Created> {
  const results = await ctx.db.runAll([...statements, selectTaskRunByKeys(ctx.db, ctx.tenantId, row)]);
  const [run] = results.at(-1) as TaskRunRead[];
  if (!run) throw new ConstraintFailed("unique", "the id of a new task run is taken");
  return { run, created: run.createdAt === row.createdAt && run.id === row.id };
}
