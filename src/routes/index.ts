import { apiKeyEndpoints } from "./api-keys.ts";
import { artifactEndpoints } from "./artifacts.ts";
import { automationEndpoints } from "./automations.ts";
import { blockDocumentEndpoints } from "./block-documents.ts";
import { blockSchemaEndpoints } from "./block-schemas.ts";
import { blockTypeEndpoints } from "./block-types.ts";
import { collectionEndpoints } from "./collections.ts";
import { concurrencyLimitEndpoints } from "./concurrency-limits.ts";
import { deploymentScheduleEndpoints } from "./deployment-schedules.ts";
import { deploymentEndpoints } from "./deployments.ts";
import type { Endpoint } from "./endpoint.ts";
import { eventEndpoints } from "./events.ts";
import { flowRunInputEndpoints } from "./flow-run-inputs.ts";
import { flowRunEndpoints } from "./flow-runs.ts";
import { flowEndpoints } from "./flows.ts";
import { globalLimitEndpoints } from "./global-limits.ts";
import { logEndpoints } from "./logs.ts";
import { notificationPolicyEndpoints } from "./notification-policies.ts";
import { pollEndpoints } from "./polls.ts";
import { runStateEndpoints } from "./run-states.ts";
import { savedSearchEndpoints } from "./saved-searches.ts";
import { schemaEndpoints } from "./schemas.ts";
import { serverEndpoints } from "./server.ts";
import { storageKeyEndpoints } from "./storage-keys.ts";
import { taskRunEndpoints } from "./task-runs.ts";
import { uiRunEndpoints } from "./ui-runs.ts";
import { variableEndpoints } from "./variables.ts";
import { workPoolEndpoints } from "./work-pools.ts";
import { workQueueEndpoints } from "./work-queues.ts";

/** Every route that needs a key, below `/api`. Fixed paths stand before those with parameters where both could match. */
export const endpoints: Endpoint[] = [
  ...flowEndpoints,
  ...deploymentEndpoints,
  ...deploymentScheduleEndpoints,
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
  ...logEndpoints,
  ...artifactEndpoints,
  ...variableEndpoints,
  ...concurrencyLimitEndpoints,
  ...globalLimitEndpoints,
  ...savedSearchEndpoints,
  ...notificationPolicyEndpoints,
  ...schemaEndpoints,
  ...serverEndpoints,
  ...eventEndpoints,
  ...automationEndpoints,
  ...apiKeyEndpoints,
  ...storageKeyEndpoints,
];
