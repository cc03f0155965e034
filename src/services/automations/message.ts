import type { Action } from "../../domain/automations/actions.ts";
import { REFUSAL_STATUS, Refusal } from "../../domain/errors.ts";
import { RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE } from "../../domain/events/event.ts";
import { truncatedTo } from "../../domain/events/truncate.ts";
import type { JsonObject } from "../../domain/json.ts";
import { blockRequests, isSender } from "../../domain/notifications/block-requests.ts";
import { Unsendable } from "../../domain/notifications/request.ts";
import { isShownHeader, WEBHOOK_SLUG, webhookRequest } from "../../domain/notifications/webhook.ts";
import { renderOrTell } from "../../domain/parameters/jinja.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { readBlockDocument } from "../block-documents/read-block-documents.ts";
import { sendRequest, sendRequests } from "../notifications/send.ts";
import { ActionFailed, type Outcome } from "./outcome.ts";
import { type Subject, templateContext } from "./template-context.ts";

/** How much of a webhook's answer is read, and how much of that is shown. */
const READ_BYTES = 256 * 1024;
const SHOWN_CHARACTERS = 1000;

/** Sends a notification through a block. Throws ActionFailed for one that cannot be, or was not taken. */
export async function sendNotification(
  ctx: TenantContext,
  { blockDocumentId, subject, body }: Extract<Action, { type: "send-notification" }>,
  about: Subject,
  outcome: Outcome,
): Promise<void> {
  const { slug, data } = await readBlock(ctx, blockDocumentId, "send-notification", outcome, (type) =>
    isSender(type) ? null : "The referenced block was not a notification block",
  );
  const [filledSubject = "", filledBody = ""] = await rendered(ctx, [subject, body], about);
  const fail = (log: string): never => {
    outcome.details.notification_log = log;
    throw new ActionFailed("Notification failed");
  };
  const requests = orUnsendable(() => blockRequests(slug, data, { subject: filledSubject, body: filledBody }), fail);
  const sent = await sendRequests(requests);
  if (!sent.ok) fail(`The notification was not sent: ${sent.reason}.`);
}

/** Calls a webhook; whatever it answers is told. Throws ActionFailed when it does not. */
export async function callWebhook(
  ctx: TenantContext,
  { blockDocumentId, payload }: Extract<Action, { type: "call-webhook" }>,
  about: Subject,
  outcome: Outcome,
): Promise<void> {
  const { data } = await readBlock(ctx, blockDocumentId, "call-webhook", outcome, (type) =>
    type === WEBHOOK_SLUG ? null : "The referenced block was not a webhook block",
  );
  const [filled = ""] = await rendered(ctx, [payload], about);
  const fail = (reason: string): never => {
    throw new ActionFailed(`Webhook call failed: ${reason}`);
  };
  const response = await sendRequest(orUnsendable(() => webhookRequest(data, filled), fail));
  if (typeof response === "string") return fail(response);
  const headers = Object.fromEntries([...response.headers].filter(([name]) => isShownHeader(name)));
  const text = truncatedTo(SHOWN_CHARACTERS, await textBegin(response));
  Object.assign(outcome.details, { status_code: response.status, response_body: text, response_headers: headers });
}

/** What an attempt gives; a block that nothing can be sent through fails with its reason. */
function orUnsendable<T>(attempt: () => T, fail: (reason: string) => never): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof Unsendable) return fail(error.message);
    throw error;
  }
}

/** The block's type and data, which the outcome then names. Throws ActionFailed for one that is not there, or not of the right type. */
async function readBlock(
  ctx: TenantContext,
  id: string,
  action: string,
  outcome: Outcome,
  problemOf: (slug: string) => string | null,
): Promise<{ slug: string; data: JsonObject }> {
  const document = await readBlockDocument(ctx, id, true).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    throw new ActionFailed(`Unexpected status from ${action} action: ${REFUSAL_STATUS[error.kind]}`);
  });
  const { slug } = document.row.blockType;
  const problem = problemOf(slug);
  if (problem !== null) throw new ActionFailed(problem);
  const { name } = document.row;
  outcome.related.push(
    { [RESOURCE_ID]: `prefect.block-document.${id}`, [RESOURCE_ROLE]: "block", ...(name ? { [RESOURCE_NAME]: name } : {}) },
    { [RESOURCE_ID]: `prefect.block-type.${slug}`, [RESOURCE_ROLE]: "block-type" },
  );
  return { slug, data: document.data };
}

async function rendered(ctx: TenantContext, templates: readonly string[], about: Subject): Promise<string[]> {
  const context = await templateContext(ctx, about, templates);
  return templates.map((template) => renderOrTell(template, context));
}

/** The beginning of an answer's text; a body that never ends is left. */
async function textBegin(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      bytes += chunk.length;
      if (bytes >= READ_BYTES) break;
    }
  } catch {
    // It broke off: what came is shown.
  }
  return text;
}
