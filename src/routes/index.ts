import { blockDocumentEndpoints } from "./block-documents.ts";
import { blockSchemaEndpoints } from "./block-schemas.ts";
import { blockTypeEndpoints } from "./block-types.ts";
import { collectionEndpoints } from "./collections.ts";
import type { Endpoint } from "./endpoint.ts";
import { flowRunInputEndpoints } from "./flow-run-inputs.ts";
import { flowRunEndpoints } from "./flow-runs.ts";
import { flowEndpoints } from "./flows.ts";
import { pollEndpoints } from "./polls.ts";
import { runStateEndpoints } from "./run-states.ts";
import { taskRunEndpoints } from "./task-runs.ts";
import { uiRunEndpoints } from "./ui-runs.ts";
import { workPoolEndpoints } from "./work-pools.ts";
import { workQueueEndpoints } from "./work-queues.ts";

/** Every route that needs a key, below `/api`. Fixed paths stand before those with parameters where both could match. */
export const endpoints: Endpoint[] = [
  ...flowEndpoints,
  ...flowRunEndpoints,
  ...flowRunInputEndpoints,
  ...taskRunEndpoints,
  ...runStateEndpoints,
  ...uiRunEndpoints,
  ...pollEndpoints,
  ...workPoolEndpoints,
  ...workQueueEndpoints,
  ...blockTypeEndpoints,
  ...blockSchemaEndpoints,
  ...blockDocumentEndpoints,
  ...collectionEndpoints,
];
