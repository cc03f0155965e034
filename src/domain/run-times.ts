import { isTerminal } from "./states/state.ts";
import type { StateType } from "./states/types.ts";
import type { Micros } from "./time.ts";

/** What is computed of a run when it is read (Prefect `ORMRun`). */
interface RunTimes {
  stateType: StateType | null;
  stateAt: Micros | null;
  startedAt: Micros | null;
  expectedStartAt: Micros | null;
  totalRunTime: number;
}

/** Micros that a run has been running by `now`: those of its states before, and of a RUNNING one until now. */
export function estimatedRunTime({ stateType, stateAt, totalRunTime }: RunTimes, now: Micros): number {
  return stateType === "RUNNING" && stateAt !== null ? totalRunTime + now - stateAt : totalRunTime;
}

/** Micros by which a run began late, or is late by `now` while it has neither begun nor ended; never below zero. */
export function lateness({ stateType, startedAt, expectedStartAt }: RunTimes, now: Micros): number {
  if (expectedStartAt === null) return 0;
  if (startedAt !== null) return Math.max(0, startedAt - expectedStartAt);
  return stateType !== null && isTerminal({ type: stateType }) ? 0 : Math.max(0, now - expectedStartAt);
}
