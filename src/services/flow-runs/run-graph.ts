import { Refusal } from "../../domain/errors.ts";
import { stateOfRun } from "../../domain/run-columns.ts";
import { type GraphNode, graphNodes, upstreamIds } from "../../domain/run-graph.ts";
import type { State } from "../../domain/states/types.ts";
import type { Micros } from "../../domain/time.ts";
import { selectGraphArtifacts, selectGraphNodes, selectSpan } from "../../store/run-graph.ts";
import { type StateRead, selectFlowRunStates } from "../../store/states.ts";
import { selectTaskRunsOf, type TaskRunRead } from "../../store/task-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** Prefect's PREFECT_API_MAX_FLOW_RUN_GRAPH_NODES and …_ARTIFACTS. */
const MAX_NODES = 10_000;
const MAX_ARTIFACTS = 10_000;

export interface TaskDependencies {
  run: TaskRunRead;
  state: State | null;
  /** The task runs whose results it was called with. */
  upstream: string[];
}

/** What each of a flow run's task runs depends on, the newest first. Refuses 404. */
export async function readDependencies(ctx: TenantContext, flowRunId: string): Promise<TaskDependencies[]> {
  const [[span], runs] = await ctx.db.run(selectSpan(ctx.db, ctx.tenantId, flowRunId), selectTaskRunsOf(ctx.db, ctx.tenantId, flowRunId));
  if (!span) throw noSuchRun(`Flow run with id ${flowRunId} not found`);
  await ctx.bodies.restoreRows(runs, "stateData");
  return runs.map((run) => ({ run, state: stateOfRun(run), upstream: [...new Set(upstreamIds(run.taskInputs))] }));
}

export interface RunGraph {
  startAt: Micros | null;
  endedAt: Micros | null;
  nodes: GraphNode[];
  artifacts: { id: string; createdAt: Micros; key: string | null; type: string | null; taskRunId: string | null; isLatest: boolean }[];
  states: Pick<StateRead, "id" | "at" | "type" | "name">[];
}

/** The task runs and subflow runs of a flow run as a graph, with its artifacts and states. Refuses 404, and 400 for more than 10,000 nodes. */
export async function readRunGraph(ctx: TenantContext, flowRunId: string, since: Micros | null): Promise<RunGraph> {
  const [[span], runs, artifacts, states] = await ctx.db.run(
    selectSpan(ctx.db, ctx.tenantId, flowRunId),
    selectGraphNodes(ctx.db, ctx.tenantId, flowRunId, MAX_NODES + 1),
    selectGraphArtifacts(ctx.db, ctx.tenantId, flowRunId, MAX_ARTIFACTS),
    selectFlowRunStates(ctx.db, ctx.tenantId, flowRunId),
  );
  if (!span) throw noSuchRun(`Flow run ${flowRunId} not found`);
  if (runs.length > MAX_NODES) throw new Refusal("badRequest", `The graph of flow run ${flowRunId} has more than ${MAX_NODES} nodes.`);
  return { ...span, nodes: graphNodes(runs, since), artifacts, states };
}

const noSuchRun = (text: string) => new Refusal("notFound", text, { envelope: "exception" });
