import { ANY, only, PASS, type TaskRule } from "../rule.ts";

/** A run that ran before says so in its name (Prefect `RenameReruns`). */
export const renameReruns: TaskRule = {
  from: ANY,
  to: only("RUNNING"),
  decide: ({ initial, proposed, run }) =>
    run.runCount > 0 ? { proposed: { ...proposed, name: initial?.name === "AwaitingRetry" ? "Retrying" : "Rerunning" } } : PASS,
};
