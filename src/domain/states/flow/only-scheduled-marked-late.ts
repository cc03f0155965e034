import { ANY, type FlowRule, only, PASS, reject } from "../rule.ts";

/** Late marking races with workers that claim the run; the claim wins (Prefect `EnsureOnlyScheduledFlowsMarkedLate`). */
export const onlyScheduledMarkedLate: FlowRule = {
  from: ANY,
  to: only("SCHEDULED"),
  decide: ({ initial, proposed }) =>
    proposed.name === "Late" && initial?.type !== "SCHEDULED" ? reject(null, "Only scheduled flows can be marked late.") : PASS,
};
