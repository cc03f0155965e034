import { app } from "./app.ts";
import type { Env } from "./env.ts";

export { WorkPool } from "./queue/work-pool.ts";
export { WorkQueue } from "./queue/work-queue.ts";

export default {
  fetch: (request, env, execution) => app.fetch(request, env, execution),
} satisfies ExportedHandler<Env>;
