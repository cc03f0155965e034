import { Refusal } from "../errors.ts";
import type { Decision, Response } from "./decision.ts";
import type { RunFacts, State } from "./types.ts";

/** What a proposed state came to. */
export interface SetStateAnswer extends Response {
  /** The run's state by now, new or not. */
  state: State | null;
  /** Whether a new state was written. */
  written: boolean;
}

/** The answer of a decision. Throws for a transition that the rules fail on: a Refusal (404), or an Error. */
export function answerOf<Run extends RunFacts>({ state, written, status, details, error }: Decision<Run>): SetStateAnswer {
  if (error?.kind === "notFound") throw new Refusal("notFound", error.message, { envelope: "exception" });
  if (error) throw new Error(error.message);
  return { state, written: written !== null, status, details };
}
