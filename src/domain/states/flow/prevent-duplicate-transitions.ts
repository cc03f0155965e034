import { ANY, type FlowRule, PASS, reject } from "../rule.ts";

/**
 * A client that did not hear the answer repeats its call with the same transition id: it gets the state it made
 * (Prefect `PreventDuplicateTransitions`).
 */
export const preventDuplicateTransitions: FlowRule = {
  from: ANY,
  to: ANY,
  decide: ({ initial, proposed }) => {
    const { transitionId } = proposed.details;
    return transitionId !== null && transitionId === initial?.details.transitionId
      ? reject(null, "This run has already made this state transition.")
      : PASS;
  },
};
