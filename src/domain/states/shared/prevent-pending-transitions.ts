import { abort, only, type SharedRule } from "../rule.ts";

/**
 * PENDING is the claim of whoever submits a run: of two that submit the same run one must meet this refusal
 * (Prefect `PreventPendingTransitions`).
 */
export const preventPendingTransitions: SharedRule = {
  from: only("PENDING", "CANCELLING", "RUNNING", "CANCELLED"),
  to: only("PENDING"),
  decide: ({ initial }) => abort(`This run is in a ${initial?.type} state and cannot transition to a PENDING state.`),
};
