import type { Json } from "./json.ts";
import type { State, StateDetails, StateType } from "./states/types.ts";
import type { Micros } from "./time.ts";

/** The columns that flow runs and task runs have in common: counters, times, and their present state. */
export interface RunColumns {
  runCount: number;
  totalRunTime: number;
  startedAt: Micros | null;
  endedAt: Micros | null;
  expectedStartAt: Micros | null;
  nextScheduledStartAt: Micros | null;
  stateId: string | null;
  stateType: StateType | null;
  stateName: string | null;
  stateAt: Micros | null;
  stateMessage: string | null;
  stateDetails: StateDetails | null;
  stateArtifactId: string | null;
}

/** A run before it has a state. */
export const NEW_RUN: RunColumns = {
  runCount: 0,
  totalRunTime: 0,
  startedAt: null,
  endedAt: null,
  expectedStartAt: null,
  nextScheduledStartAt: null,
  stateId: null,
  stateType: null,
  stateName: null,
  stateAt: null,
  stateMessage: null,
  stateDetails: null,
  stateArtifactId: null,
};

/** The present state of a row; null while it has none. */
export function stateOfRun(row: RunColumns & { stateData: Json }): State | null {
  const { stateId, stateType, stateName, stateAt, stateDetails } = row;
  if (stateId === null || stateType === null || stateName === null || stateAt === null || stateDetails === null) return null;
  return {
    id: stateId,
    type: stateType,
    name: stateName,
    timestamp: stateAt,
    message: row.stateMessage,
    data: row.stateData,
    details: stateDetails,
  };
}
