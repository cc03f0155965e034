import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { expandSchedules } from "../../src/scheduler/expand.ts";
import { shardOf } from "../../src/scheduler/shard.ts";

export * from "../../src/index.ts";

/** The service, and `/bench/expand`: fills up what is due and tells what that cost. */
export default {
  async fetch(request, env, execution) {
    if (new URL(request.url).pathname !== "/bench/expand") return worker.fetch(request, env, execution);
    const shard = shardOf(env, 0);
    const outcome = await expandSchedules(shard, { now: Date.now() * 1000, isOver: () => false });
    return Response.json({ outcome, ...shard.meter });
  },
} satisfies ExportedHandler<Env>;
