import { z } from "@hono/zod-openapi";
import type { GraphNode } from "../../domain/run-graph.ts";
import { estimatedRunTime } from "../../domain/run-times.ts";
import type { State as DomainState, StateType } from "../../domain/states/types.ts";
import { formatTime, MICROS_PER_SECOND, type Micros, parseTime } from "../../domain/time.ts";
import type { TaskRunRead } from "../../store/task-runs.ts";
import { field, text } from "./model.ts";
import { id, inSeconds, seconds, time, timeOrNull } from "./objects.ts";
import { State, StateTypeName, stateOrNull } from "./states.ts";

export const DependencyResult = z
  .object({
    id: id(),
    name: z.string(),
    upstream_dependencies: z.array(z.object({ input_type: z.literal("task_run"), id: id() })),
    state: State.nullable(),
    expected_start_time: time().nullable(),
    start_time: time().nullable(),
    end_time: time().nullable(),
    total_run_time: seconds().nullable(),
    estimated_run_time: seconds().nullable(),
    untrackable_result: z.boolean(),
  })
  .openapi("DependencyResult");

export const dependencyToWire = (
  { run, state, upstream }: { run: TaskRunRead; state: DomainState | null; upstream: string[] },
  now: Micros,
): z.input<typeof DependencyResult> => ({
  id: run.id,
  name: run.name,
  upstream_dependencies: upstream.map((id) => ({ input_type: "task_run", id })),
  state: stateOrNull(state),
  expected_start_time: timeOrNull(run.expectedStartAt),
  start_time: timeOrNull(run.startedAt),
  end_time: timeOrNull(run.endedAt),
  total_run_time: inSeconds(run.totalRunTime),
  estimated_run_time: inSeconds(estimatedRunTime(run, now)),
  untrackable_result: state?.details.untrackableResult ?? false,
});

/** The graph's route is there for ids in their canonical spelling only; the others are no route. */
export const graphParams = z.object({ id: text() });
const CANONICAL_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const isCanonicalId = (text: string): boolean => CANONICAL_ID.test(text);

/** Unix times above this are read as milliseconds, then microseconds, then nanoseconds (pydantic's watershed). */
const WATERSHED = 2e10;

/** pydantic's own `datetime`, which this one field of the dialect is: a date with a time of day, or a Unix time. */
const plainDatetime = () =>
  field<Micros>(
    (value, fail) => {
      const given = String(value);
      let seconds = Number(given);
      if (given.trim() !== "" && Number.isFinite(seconds)) {
        while (Math.abs(seconds) > WATERSHED) seconds /= 1000;
        return Math.round(seconds * MICROS_PER_SECOND);
      }
      const at = /\d[T ]\d/.test(given) ? parseTime(given) : undefined;
      return at ?? fail("invalid datetime format", "value_error.datetime");
    },
    { type: "string", format: "date-time" },
  );

export const GraphQuery = z.object({ since: plainDatetime().optional() });

const GraphArtifact = z.object({ id: id(), created: time(), key: z.string().nullable(), type: z.string(), is_latest: z.boolean() });
const Edge = z.object({ id: id() });
const Node = z.object({
  kind: z.enum(["flow-run", "task-run"]),
  id: id(),
  label: z.string(),
  state_type: StateTypeName,
  start_time: time(),
  end_time: time().nullable(),
  parents: z.array(Edge),
  children: z.array(Edge),
  artifacts: z.array(GraphArtifact),
});

export const Graph = z
  .object({
    start_time: time().nullable(),
    end_time: time().nullable(),
    root_node_ids: z.array(id()),
    nodes: z.array(z.tuple([id(), Node])),
    artifacts: z.array(GraphArtifact),
    states: z.array(z.object({ id: id(), timestamp: time(), type: StateTypeName, name: z.string() })),
  })
  .openapi("Graph");

interface Artifact {
  id: string;
  createdAt: Micros;
  key: string | null;
  type: string | null;
  taskRunId: string | null;
  isLatest: boolean;
}

interface RunGraph {
  startAt: Micros | null;
  endedAt: Micros | null;
  nodes: GraphNode[];
  artifacts: Artifact[];
  states: { id: string; at: Micros; type: StateType; name: string }[];
}

const artifactToWire = ({ id, createdAt, key, type, isLatest }: Artifact) => ({
  id,
  created: formatTime(createdAt),
  key,
  type: type ?? "",
  is_latest: isLatest,
});

const edges = (ids: string[]) => ids.map((id) => ({ id }));

export function graphToWire(graph: RunGraph): z.input<typeof Graph> {
  const artifacts = Map.groupBy(graph.artifacts, ({ taskRunId }) => taskRunId);
  const artifactsOf = (taskRunId: string | null) => (artifacts.get(taskRunId) ?? []).map(artifactToWire);
  return {
    start_time: timeOrNull(graph.startAt),
    end_time: timeOrNull(graph.endedAt),
    root_node_ids: graph.nodes.filter(({ parents }) => parents.length === 0).map(({ id }) => id),
    nodes: graph.nodes.map((node) => [
      node.id,
      {
        kind: node.kind,
        id: node.id,
        label: node.label,
        state_type: node.stateType,
        start_time: formatTime(node.startAt),
        end_time: timeOrNull(node.endedAt),
        parents: edges(node.parents),
        children: edges(node.children),
        artifacts: artifactsOf(node.id),
      },
    ]),
    artifacts: artifactsOf(null),
    states: graph.states.map(({ id, at, type, name }) => ({ id, timestamp: formatTime(at), type, name })),
  };
}
