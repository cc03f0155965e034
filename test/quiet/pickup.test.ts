import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { newTenant } from "../api/tenant.ts";
import { PickupPlayer, type PickupVectors } from "../golden/pickup-player.ts";
import recorded from "../golden/vectors/pickup.json";

describe("recorded polls of queues, pools and deployments", () => {
  it("come out the same, but where they are deliberately not", async () => {
    const me = await newTenant();
    const player = new PickupPlayer(
      async (method, path, body) => {
        const answer = await me.call(method, path, body);
        return { status: answer.status, body: answer.body as JsonObject | null, text: JSON.stringify(answer.body) };
      },
      recorded as unknown as PickupVectors,
    );
    await player.play();
    expect(player.differences).toEqual([]);
    expect(player.deviations.map(({ reason, recorded: there, wanted }) => ({ reason, there, wanted }))).toEqual([
      {
        reason: "an agent's queue matches by itself, not by its name in any pool",
        there: ["b-hi-50", "hi-10", "hi-5", "hi+30"],
        wanted: ["hi-10", "hi-5", "hi+30"],
      },
      {
        reason: "an agent's queue has the runs whose deployment names the pool alone",
        there: [],
        wanted: ["default-100", "default-20"],
      },
      {
        reason: "an agent's queue matches by itself, not by its name in any pool",
        there: ["b-hi-50", "hi-5", "hi+30"],
        wanted: ["hi-5", "hi+30"],
      },
      {
        reason: "a run that waits in its process for a retry is offered to nobody",
        there: ["hi-5", "hi+30"],
        wanted: ["hi+30"],
      },
      {
        reason: "a run that waits in its process for a retry is offered to nobody",
        there: ["hi-5", "hi+30"],
        wanted: ["hi+30"],
      },
    ]);
  });
});
