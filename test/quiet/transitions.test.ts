import { beforeAll, describe, expect, it } from "vitest";
import { stringifyJson } from "../../src/domain/json.ts";
import { newTenant } from "../api/tenant.ts";
import { httpStage } from "../golden/http-stage.ts";
import { isPlayable, playScenario } from "../golden/transition-scenarios.ts";
import { playVector, type Stage } from "../golden/transition-stage.ts";
import type { TransitionVector, TransitionVectors } from "../golden/transition-vectors.ts";
import recorded from "../golden/vectors/transitions.json";

/** The recorded transitions through the API, to see that what the engine decides is what is stored; `test/golden` plays every one on the engine. */
const vectors = recorded as unknown as TransitionVectors;

/** Every so many vectors are played; a prime, so that the sample goes through all columns of the recorded table. */
const STRIDE = 3;

let stage: Stage;

beforeAll(async () => {
  const me = await newTenant();
  stage = await httpStage(async (method, path, body) => {
    const answer = await me.call(method, path, body === undefined ? undefined : stringifyJson(body));
    return { http: answer.status, text: answer.body === null ? "" : stringifyJson(answer.body) };
  });
});

/** Vectors from no state at all cannot be played: the API makes no such run. */
const sample = (all: readonly TransitionVector[]) => all.filter(({ from }) => from !== "none").filter((_, index) => index % STRIDE === 0);

const title = ({ profile, from, to, force }: TransitionVector) => `${profile}: ${from} to ${to}${force ? ", forced" : ""}`;

describe.each([
  ["flow", sample(vectors.flow_runs)],
  ["task", sample(vectors.task_runs)],
] as const)("recorded transitions of %s runs", (kind, played) => {
  it("come out the same", async () => {
    const differing: string[] = [];
    for (const vector of played) {
      const differences = await playVector(stage, kind, vectors, vector);
      differing.push(...differences.map((difference) => `${title(vector)}: ${difference}`));
    }
    expect(differing).toEqual([]);
  });
});

describe("recorded scenarios", () => {
  it.each(vectors.scenarios.map((scenario) => [scenario.scenario, scenario] as const))("%s", async (_title, scenario) => {
    expect(isPlayable(scenario, stage)).toBe(true);
    expect(await playScenario(stage, scenario)).toEqual([]);
  });
});
