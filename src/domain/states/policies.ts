/** Which rules govern which call, in the order they are asked (Prefect server/orchestration/core_policy.py). */
import { bypassCancellingWithoutInfrastructure } from "./flow/bypass-cancelling-without-infrastructure.ts";
import { enforceCancellingToCancelled } from "./flow/enforce-cancelling-to-cancelled.ts";
import { handlePausingFlows } from "./flow/handle-pausing.ts";
import { handleResumingPausedFlows } from "./flow/handle-resuming.ts";
import { handleFlowTerminalTransitions } from "./flow/handle-terminal-transitions.ts";
import { holdToLimits } from "./flow/hold-to-limits.ts";
import { onlyScheduledMarkedLate } from "./flow/only-scheduled-marked-late.ts";
import { preventDuplicateTransitions } from "./flow/prevent-duplicate-transitions.ts";
import { preventLateClaims } from "./flow/prevent-late-claims.ts";
import { retryFailedFlows } from "./flow/retry-failed-flows.ts";
import type { FlowRule, TaskRule } from "./rule.ts";
import { addUnknownResult } from "./shared/add-unknown-result.ts";
import { copyScheduledTime } from "./shared/copy-scheduled-time.ts";
import { preventPendingTransitions } from "./shared/prevent-pending-transitions.ts";
import { waitForScheduledTime } from "./shared/wait-for-scheduled-time.ts";
import { enqueueScheduledTasks } from "./task/enqueue-scheduled.ts";
import { handleTaskTerminalTransitions } from "./task/handle-terminal-transitions.ts";
import { insertIntoCache } from "./task/insert-into-cache.ts";
import { preventRunningInStoppedFlows } from "./task/prevent-running-in-stopped-flows.ts";
import { renameReruns } from "./task/rename-reruns.ts";
import { retrieveFromCache } from "./task/retrieve-from-cache.ts";
import { retryFailedTasks } from "./task/retry-failed-tasks.ts";
import { secureConcurrencySlots } from "./task/secure-concurrency-slots.ts";
import { trackFlowRunCount } from "./task/track-flow-run-count.ts";

/** core: unforced calls. minimal: forced calls and the server's own moves, creation among them. markLate: late marking. */
export type FlowPolicyName = "core" | "minimal" | "markLate";

/** core: unforced calls. minimal: forced calls and the server's own moves. Autonomous task runs have their own for either. */
export type TaskPolicyName = "core" | "minimal";

export const FLOW_POLICIES: Readonly<Record<FlowPolicyName, readonly FlowRule[]>> = {
  core: [
    preventDuplicateTransitions,
    handleFlowTerminalTransitions,
    enforceCancellingToCancelled,
    bypassCancellingWithoutInfrastructure,
    preventPendingTransitions,
    preventLateClaims,
    onlyScheduledMarkedLate,
    handlePausingFlows,
    handleResumingPausedFlows,
    copyScheduledTime,
    waitForScheduledTime,
    holdToLimits,
    retryFailedFlows,
  ],
  minimal: [addUnknownResult, bypassCancellingWithoutInfrastructure],
  markLate: [onlyScheduledMarkedLate],
};

/** What core and autonomous task runs share once their flow run, if any, is known to run. */
const RUN_AND_RETRY: readonly TaskRule[] = [
  secureConcurrencySlots,
  copyScheduledTime,
  waitForScheduledTime,
  retryFailedTasks,
  renameReruns,
  trackFlowRunCount,
  insertIntoCache,
];

export const TASK_POLICIES: Readonly<Record<TaskPolicyName | "autonomous", readonly TaskRule[]>> = {
  // The cache comes before the slots: a cached state is had even when they are full.
  core: [retrieveFromCache, handleTaskTerminalTransitions, preventRunningInStoppedFlows, ...RUN_AND_RETRY],
  autonomous: [preventPendingTransitions, retrieveFromCache, handleTaskTerminalTransitions, ...RUN_AND_RETRY, enqueueScheduledTasks],
  minimal: [addUnknownResult],
};
