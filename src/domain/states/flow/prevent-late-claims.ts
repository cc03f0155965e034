import { abort, type FlowRule, only, PASS } from "../rule.ts";

/**
 * Who was handed a run and claims it when another has carried it out already came too late: it would be carried out twice. The real
 * server lets such a claim of a run that ended pass. A run is done again by way of SCHEDULED.
 */
export const preventLateClaims: FlowRule = {
  from: only("COMPLETED", "FAILED", "CRASHED"),
  to: only("PENDING"),
  decide: ({ initial, isLeased }) =>
    isLeased ? abort(`This run is in a ${initial?.type} state and cannot transition to a PENDING state.`) : PASS,
};
