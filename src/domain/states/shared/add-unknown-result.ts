import { resultType, UNKNOWN_RESULT } from "../result.ts";
import { only, PASS, type SharedRule } from "../rule.ts";

/**
 * A failed run that is forced to complete gets a marker in place of the result it never had, else a retry of its flow
 * would run it again (Prefect `AddUnknownResult`).
 */
export const addUnknownResult: SharedRule = {
  from: only("FAILED", "CRASHED"),
  to: only("COMPLETED"),
  decide: ({ initial, proposed }) =>
    resultType(initial?.data ?? null) === "reference" ? { proposed: { ...proposed, data: UNKNOWN_RESULT } } : PASS,
};
