import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import type { StateType } from "./states/types.ts";
import type { Micros } from "./time.ts";

/** A task run of a flow run, or the subflow run in its place, with the inputs it was called with. */
export interface GraphRun {
  kind: "flow-run" | "task-run";
  id: string;
  label: string;
  stateType: StateType;
  startAt: Micros;
  endedAt: Micros | null;
  taskInputs: JsonObject;
}

export interface GraphNode extends Omit<GraphRun, "taskInputs"> {
  parents: string[];
  children: string[];
}

/** The ids of the task runs whose results a run was called with, in the order of its arguments. */
export function upstreamIds(taskInputs: JsonObject): string[] {
  const inputs: Json[] = Object.values(taskInputs).flatMap((values) => (Array.isArray(values) ? values : []));
  return inputs.flatMap((input) =>
    isJsonObject(input) && input.input_type === "task_run" && typeof input.id === "string" ? [input.id] : [],
  );
}

/**
 * The nodes and edges among the runs (which come in the order of their ids), those that ended before `since` left out; first
 * by start, then by end. An edge is there once for every argument of the parent, since the real server joins the arguments of both.
 */
export function graphNodes(runs: readonly GraphRun[], since: Micros | null): GraphNode[] {
  const argumentCounts = new Map(runs.map(({ id, taskInputs }) => [id, Math.max(1, argumentCount(taskInputs))]));
  const parents = new Map<string, string[]>();
  const children = new Map<string, string[]>();
  for (const { id, taskInputs } of runs) {
    for (const parent of upstreamIds(taskInputs)) {
      const times = argumentCounts.get(parent) ?? 0;
      parents.set(id, [...(parents.get(id) ?? []), ...Array<string>(times).fill(parent)]);
      children.set(parent, [...(children.get(parent) ?? []), ...Array<string>(times).fill(id)]);
    }
  }
  return runs
    .filter(({ endedAt }) => endedAt === null || since === null || endedAt >= since)
    .map(({ taskInputs: _, ...run }) => ({ ...run, parents: parents.get(run.id) ?? [], children: children.get(run.id) ?? [] }))
    .sort((a, b) => a.startAt - b.startAt || (a.endedAt ?? 0) - (b.endedAt ?? 0));
}

const argumentCount = (taskInputs: JsonObject) =>
  Object.values(taskInputs).reduce<number>((sum, values) => sum + (Array.isArray(values) ? values.length : 0), 0);
