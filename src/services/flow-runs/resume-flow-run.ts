import { Refusal } from "../../domain/errors.ts";
import { isJsonObject, type Json, type JsonObject, parseJson, stringifyJson } from "../../domain/json.ts";
import { HydrationError, hydrate, usesVariables } from "../../domain/parameters/hydrate.ts";
import { InvalidSchema, validationFailure } from "../../domain/parameters/validate.ts";
import { stateOfRun } from "../../domain/run-columns.ts";
import { answerOf, type SetStateAnswer } from "../../domain/states/answer.ts";
import type { Response } from "../../domain/states/decision.ts";
import { NOT_PAUSED, proposeResume } from "../../domain/states/state.ts";
import { insertFlowRunInput, selectWaitedInputSchema } from "../../store/flow-run-inputs.ts";
import { selectVariableValues } from "../../store/variables.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceState } from "../events/announce-state.ts";
import { decideAgain } from "../states/decide-again.ts";

import { flowRunInputRow } from "./flow-run-inputs.ts";
import { decideFlowRun, flowRunReads, foundFlowRun } from "./move-flow-run.ts";
import { writeMove } from "./write-move.ts";

const refused = (status: "REJECT" | "ABORT", reason: string): Response => ({ status, details: { type: "abort_details", reason } });

/**
 * Lets a paused flow run go on: it runs again, or is scheduled anew when it was suspended. When its pause asks for input,
 * `runInput` must obey the schema that is kept among the run's inputs, and is kept with them. Two round trips, three when the
 * input names workspace variables. Refuses 404.
 */
export async function resumeFlowRun(ctx: TenantContext, id: string, runInput: JsonObject | null): Promise<SetStateAnswer> {
  const variables = await variablesFor(ctx, runInput);
  return decideAgain(async () => {
    const [runs, parents, limits, cached, [schema]] = await ctx.db.run(
      ...flowRunReads(ctx, id, null),
      selectWaitedInputSchema(ctx.db, ctx.tenantId, id),
    );
    const found = await foundFlowRun(ctx, [runs, parents, limits, cached]);
    if (!found) throw new Refusal("notFound", `Flow run with id ${id} not found`, { envelope: "exception" });
    const state = stateOfRun(found.run);
    const proposed = proposeResume(state, ctx.now());
    if (proposed === null) return { state: null, written: false, ...refused("ABORT", NOT_PAUSED) };
    const keyset = state?.details.runInputKeyset ?? {};
    const asksForInput = Object.keys(keyset).length > 0;
    const input = asksForInput ? checkInput(runInput ?? {}, schema?.value, variables) : {};
    if (typeof input === "string") return { state, written: false, ...refused("REJECT", input) };
    const move = await decideFlowRun(ctx, found, proposed, "core");
    const answer = answerOf(move.decision);
    if (keyset.response !== undefined && Object.keys(input).length > 0 && answer.status === "ACCEPT") {
      const row = flowRunInputRow(ctx, { flowRunId: id, key: keyset.response, value: stringifyJson(input), sender: null });
      move.statements.push(insertFlowRunInput(ctx.db, row));
    }
    await writeMove(ctx, id, move);
    announceState(ctx, found.run, found.run, move.decision.written);
    return answer;
  });
}

/** The workspace's variables by name, when the input may name one. */
async function variablesFor(ctx: TenantContext, runInput: JsonObject | null): Promise<ReadonlyMap<string, Json>> {
  if (runInput === null || !usesVariables(runInput)) return new Map();
  const [rows] = await ctx.db.run(selectVariableValues(ctx.db, ctx.tenantId));
  return new Map(rows.map(({ name, value }) => [name, value]));
}

/** The input with what it names put in; or, as text, why it is not what the schema asks for. */
function checkInput(runInput: JsonObject, schemaText: string | undefined, variables: ReadonlyMap<string, Json>): JsonObject | string {
  try {
    const hydrated = hydrate(runInput, variables, "run");
    if (schemaText === undefined) return "Run input schema not found.";
    const schema = parseSchema(schemaText);
    if (schema === undefined) return "Run input schema is not valid JSON.";
    const failure = validationFailure(hydrated, schema);
    if (failure !== undefined) return `Reason: ${failure}`;
    return isJsonObject(hydrated) ? hydrated : {};
  } catch (error) {
    if (error instanceof HydrationError) return `Error hydrating run input: ${error.message}`;
    if (error instanceof InvalidSchema) return error.message;
    throw error;
  }
}

function parseSchema(text: string): JsonObject | undefined {
  try {
    const schema = parseJson(text);
    return isJsonObject(schema) ? schema : undefined;
  } catch {
    return undefined;
  }
}
