import { expect, it } from "vitest";
import { move, queueWorld } from "../api/queue-world.ts";

it("claims are not counted with leases off, as a real server does not", async () => {
  const world = await queueWorld({ concurrency_limit: 1 });
  const deployment = await world.deploy("d", "q");
  for (const secondsAgo of [20, 10]) {
    const id = await world.run(deployment, secondsAgo);
    expect((await move(world.me, id, "PENDING")).body.status).toBe("ACCEPT");
  }
  const third = await world.run(deployment, 5);
  expect(await world.poll("w")).toEqual([]);
  expect((await move(world.me, third, "RUNNING")).body.status).toBe("ACCEPT");
});
