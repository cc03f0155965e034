import type { Labels } from "../../domain/events/event.ts";
import type { JsonObject } from "../../domain/json.ts";

/** What an action did: the resources it touched, and details for its event. */
export interface Outcome {
  related: Labels[];
  details: JsonObject;
}

/** Why an action cannot be done. */
export class ActionFailed extends Error {}
