import type { JsonObject } from "../json.ts";
import { compareText } from "../parameters/python/text.ts";
import type { Provenance } from "../provenance.ts";
import type { State } from "../states/types.ts";
import { formatTime, MICROS_PER_SECOND } from "../time.ts";
import { type Event, type Labels, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE } from "./event.ts";
import { truncatedTo } from "./truncate.ts";

/** How long a state's message may be here. */
const MAX_MESSAGE = 100_000;
/** States that follow one another within this time have their events ordered. */
const TIGHT = 5 * 60 * MICROS_PER_SECOND;

/** An object that a flow run is related to. */
export interface RelatedObject {
  kind: "flow" | "deployment" | "work-queue" | "work-pool" | "task-run";
  id: string;
  name: string;
  tags: string[];
}

export interface FlowRunChange {
  run: { id: string; name: string; tags: string[]; createdBy: Provenance | null };
  initial: State | null;
  written: State;
  /** In the order of their kinds above. */
  related: RelatedObject[];
}

/** The event of a flow run's new state (Prefect `flow_run_state_change_event`); it has the state's id and time. */
export function flowRunEvent({ run, initial, written, related }: FlowRunChange): Event {
  const isTight = initial !== null && Math.abs(written.timestamp - initial.timestamp) < TIGHT;
  return {
    occurredAt: written.timestamp,
    event: `prefect.flow-run.${written.name}`,
    resource: {
      [RESOURCE_ID]: `prefect.flow-run.${run.id}`,
      [RESOURCE_NAME]: run.name,
      "prefect.state-message": truncatedTo(MAX_MESSAGE, written.message ?? ""),
      "prefect.state-name": written.name,
      "prefect.state-timestamp": formatTime(written.timestamp),
      "prefect.state-type": written.type,
    },
    related: relatedLabels(run, related),
    payload: {
      intended: { from: initial?.type ?? null, to: written.type },
      initial_state: stateAsJson(initial),
      validated_state: stateAsJson(written),
    },
    id: written.id,
    follows: isTight ? initial.id : null,
    receivedAt: written.timestamp,
  };
}

function relatedLabels(run: FlowRunChange["run"], related: readonly RelatedObject[]): Labels[] {
  const tags = new Set([...run.tags, ...related.flatMap((object) => object.tags)]);
  return [
    ...related.map(({ kind, id, name }) => ({ [RESOURCE_ID]: `prefect.${kind}.${id}`, [RESOURCE_ROLE]: kind, [RESOURCE_NAME]: name })),
    ...[...tags].sort(compareText).map((tag) => ({ [RESOURCE_ID]: `prefect.tag.${tag}`, [RESOURCE_ROLE]: "tag" })),
    ...creator(run.createdBy),
  ];
}

function creator(createdBy: Provenance | null): Labels[] {
  if (createdBy?.type !== "DEPLOYMENT" && createdBy?.type !== "AUTOMATION") return [];
  const { id, type, displayValue } = createdBy;
  return [
    {
      [RESOURCE_ID]: `prefect.${type.toLowerCase()}.${id}`,
      [RESOURCE_ROLE]: "creator",
      ...(displayValue ? { [RESOURCE_NAME]: displayValue } : {}),
    },
  ];
}

function stateAsJson(state: State | null): JsonObject | null {
  if (state === null) return null;
  return {
    type: state.type,
    name: state.name,
    ...(state.message ? { message: truncatedTo(MAX_MESSAGE, state.message) } : {}),
    ...(state.type === "PAUSED" ? { pause_reschedule: String(state.details.pauseReschedule) } : {}),
  };
}
