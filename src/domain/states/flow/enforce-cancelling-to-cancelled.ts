import { anyBut, type FlowRule, only, reject } from "../rule.ts";

/** What is being cancelled, or is, can only become Cancelled (Prefect `EnforceCancellingToCancelledTransition`). */
export const enforceCancellingToCancelled: FlowRule = {
  from: only("CANCELLED", "CANCELLING"),
  to: anyBut("CANCELLED"),
  decide: () => reject(null, "Cannot transition flows that are cancelling to a state other than Cancelled."),
};
