import type { JsonObject } from "../json.ts";
import type { StateType } from "../states/types.ts";

type Chosen<K extends string> = { source: "selected" | "inferred" } & { [P in K]: string | null };

/** What an automation does when it fires (Prefect `ActionTypes`); a target is selected by id or inferred from the event. */
export type Action =
  | { type: "do-nothing" }
  | ({ type: "run-deployment"; parameters: JsonObject | null; jobVariables: JsonObject | null } & Chosen<"deploymentId">)
  | ({ type: "pause-deployment" | "resume-deployment" } & Chosen<"deploymentId">)
  | { type: "cancel-flow-run" | "suspend-flow-run" }
  | { type: "change-flow-run-state"; name: string | null; state: StateType; message: string | null }
  | ({ type: "pause-work-queue" | "resume-work-queue" } & Chosen<"workQueueId">)
  | ({ type: "pause-work-pool" | "resume-work-pool" } & Chosen<"workPoolId">)
  | ({ type: "pause-automation" | "resume-automation" } & Chosen<"automationId">)
  | { type: "send-notification"; blockDocumentId: string; subject: string; body: string }
  | { type: "call-webhook"; blockDocumentId: string; payload: string };
