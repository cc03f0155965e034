import { z } from "@hono/zod-openapi";
import { type Event, type Labels, RESOURCE_ID, RESOURCE_ROLE, type ResourceSpecification } from "../../domain/events/event.ts";
import { isJsonObject, type Json } from "../../domain/json.ts";
import { invalidPlaces } from "./errors.ts";
import { asDict, datetime, dict, field, list, model, optional, text, uuid, withDefault } from "./model.ts";
import { freeObject, id, time } from "./objects.ts";

/** Prefect's PREFECT_EVENTS_MAXIMUM_LABELS_PER_RESOURCE and _RELATED_RESOURCES. */
const MAX_LABELS = 500;
const MAX_RELATED = 500;

const labelsDocumentation = { type: "object", additionalProperties: { type: "string" } };

/** The labels of a resource, of which some are required. */
const resource = (...required: [label: string, holder: string][]) =>
  field<Labels>(
    (value, fail) => {
      const wrong = (msg: string) => fail(msg, "value_error", undefined, ["__root__"]);
      if (!isJsonObject(value)) return fail("value is not a valid dict", "type_error.dict", undefined, ["__root__"]);
      if (Object.keys(value).length > MAX_LABELS) return wrong(`The maximum number of labels per resource is ${MAX_LABELS}`);
      for (const [label, holder] of required) {
        if (!(label in value)) return wrong(`${holder} must include the ${label} label`);
        if (!value[label]) return wrong(`The ${label} label must be non-empty`);
      }
      return labels(value, fail);
    },
    labelsDocumentation,
    { msg: "none is not an allowed value", type: "type_error.none.not_allowed" },
  );

function labels(value: Record<string, Json>, fail: (msg: string, type: string, ctx: undefined, path: string[]) => unknown): Labels {
  const result: Labels = {};
  for (const [label, entry] of Object.entries(value)) {
    const read = text().safeParse(entry);
    if (read.success) result[label] = read.data;
    else {
      const isNone = entry === null;
      fail(
        isNone ? "none is not an allowed value" : "str type expected",
        isNone ? "type_error.none.not_allowed" : "type_error.str",
        undefined,
        ["__root__", label],
      );
    }
  }
  return result;
}

const ID_RULE: [string, string] = [RESOURCE_ID, "Resources"];
const ROLE_RULE: [string, string] = [RESOURCE_ROLE, "Related Resources"];

const relatedResources = () =>
  list(resource(ID_RULE, ROLE_RULE)).transform((value, context) => {
    if (value.length <= MAX_RELATED) return value;
    const message = `The maximum number of related resources is ${MAX_RELATED}`;
    context.addIssue({ code: "custom", message, params: { type: "value_error" } });
    return z.NEVER;
  });

export const EventCreate = model(
  "Event",
  {
    occurred: datetime(),
    event: text(),
    resource: resource(ID_RULE),
    related: relatedResources().default([]),
    payload: withDefault(dict(), {}),
    id: uuid(),
    follows: optional(uuid()),
  },
  { strict: false },
);

export const EventsCreate = list(EventCreate);

/** An event as it came, received at a time. */
export const eventOf = (body: z.output<typeof EventCreate>, receivedAt: number): Event => ({
  occurredAt: body.occurred,
  event: body.event,
  resource: body.resource,
  related: body.related,
  payload: body.payload,
  id: body.id,
  follows: body.follows ?? null,
  receivedAt,
});

export const ReceivedEvent = z
  .object({
    occurred: time(),
    event: z.string(),
    resource: z.record(z.string(), z.string()),
    related: z.array(z.record(z.string(), z.string())),
    payload: freeObject(),
    id: id(),
    follows: id().nullable(),
    received: time(),
  })
  .openapi("ReceivedEvent");

/** `ResourceSpecification`: a text or a list of texts a label. */
export const resourceSpecification = () =>
  field<ResourceSpecification>(
    (value, fail) => {
      const given = asDict(value);
      if (!given) return fail("value is not a valid dict", "type_error.dict", undefined, ["__root__"]);
      const result: ResourceSpecification = {};
      for (const [label, expected] of Object.entries(given)) {
        const one = text().safeParse(expected);
        const many = list(text()).safeParse(expected);
        if (one.success) result[label] = one.data;
        else if (many.success) result[label] = many.data;
        else if (expected === null) fail("none is not an allowed value", "type_error.none.not_allowed", undefined, ["__root__", label]);
        else {
          fail("str type expected", "type_error.str", undefined, ["__root__", label]);
          for (const { msg, type, loc } of invalidPlaces(many.error, ["__root__", label], expected)) fail(msg, type, undefined, loc);
        }
      }
      return result;
    },
    { type: "object", additionalProperties: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] } },
  );
