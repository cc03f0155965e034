import { app } from "./app.ts";
import type { Env } from "./env.ts";
import { tick } from "./scheduler/tick.ts";

export { EventStream } from "./event-stream.ts";
export { Backlog } from "./scheduler/backlog.ts";
export { WorkQueue } from "./scheduler/work-queue.ts";
export { WorkPool } from "./work-pool.ts";

export default {
  fetch: (request, env, execution) => app.fetch(request, env, execution),
  scheduled: (controller, env) => tick(env, controller.scheduledTime),
} satisfies ExportedHandler<Env>;
