import { describe, expect, test } from "vitest";
import { EngineStage } from "./engine-stage.ts";
import { isPlayable, playScenario } from "./transition-scenarios.ts";
import { playVector } from "./transition-stage.ts";
import type { TransitionVectors } from "./transition-vectors.ts";
import { readVectors } from "./vectors.ts";

const vectors = readVectors<TransitionVectors>("transitions");

describe.each([
  ["flow", vectors.flow_runs],
  ["task", vectors.task_runs],
] as const)("%s runs", (kind, recorded) => {
  test.each(recorded.map((vector) => [title(vector), vector] as const))("%s", async (_title, vector) => {
    expect(await playVector(new EngineStage(), kind, vectors, vector)).toEqual([]);
  });
});

describe("scenarios", () => {
  test.each(
    vectors.scenarios
      .filter((scenario) => isPlayable(scenario, new EngineStage()))
      .map((scenario) => [scenario.scenario, scenario] as const),
  )("%s", async (_title, scenario) => {
    expect(await playScenario(new EngineStage(), scenario)).toEqual([]);
  });
});

function title({ profile, from, to, force }: TransitionVectors["flow_runs"][number]): string {
  return `${profile}: ${from} to ${to}${force ? ", forced" : ""}`;
}
