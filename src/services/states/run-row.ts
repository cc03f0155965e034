import type { RunColumns } from "../../domain/run-columns.ts";
import type { RunFacts, State } from "../../domain/states/types.ts";

/** The facts of a row, as the rules take them. */
export const factsOf = (row: RunColumns & { id: string }): RunFacts => ({
  id: row.id,
  runCount: row.runCount,
  totalRunTimeMicros: row.totalRunTime,
  startAt: row.startedAt,
  endAt: row.endedAt,
  expectedStartAt: row.expectedStartAt,
  nextScheduledStartAt: row.nextScheduledStartAt,
});

/** The columns that hold a new state. */
export const stateColumns = (state: State, artifactId: string | null) => ({
  stateId: state.id,
  stateType: state.type,
  stateName: state.name,
  stateAt: state.timestamp,
  stateMessage: state.message,
  stateDetails: state.details,
  stateArtifactId: artifactId,
});

/** The columns of a new state in the history of its run. */
export const historyColumns = (state: State, artifactId: string | null) => ({
  at: state.timestamp,
  id: state.id,
  type: state.type,
  name: state.name,
  message: state.message,
  details: state.details,
  artifactId,
});

/** The columns of changed facts, and only those. */
export function columnsOf(changes: Partial<RunFacts>): Partial<RunColumns> {
  const columns: Partial<RunColumns> = {};
  if (changes.runCount !== undefined) columns.runCount = changes.runCount;
  if (changes.totalRunTimeMicros !== undefined) columns.totalRunTime = changes.totalRunTimeMicros;
  if (changes.startAt !== undefined) columns.startedAt = changes.startAt;
  if (changes.endAt !== undefined) columns.endedAt = changes.endAt;
  if (changes.expectedStartAt !== undefined) columns.expectedStartAt = changes.expectedStartAt;
  if (changes.nextScheduledStartAt !== undefined) columns.nextScheduledStartAt = changes.nextScheduledStartAt;
  return columns;
}
