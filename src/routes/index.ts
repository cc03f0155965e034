import type { Endpoint } from "./endpoint.ts";
import { flowEndpoints } from "./flows.ts";
import { workPoolEndpoints } from "./work-pools.ts";
import { workQueueEndpoints } from "./work-queues.ts";

/** Every route that needs a key, below `/api`. Fixed paths stand before those with parameters where both could match. */
export const endpoints: Endpoint[] = [...flowEndpoints, ...workPoolEndpoints, ...workQueueEndpoints];
