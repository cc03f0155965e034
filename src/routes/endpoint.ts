import { createRoute, type RouteConfig, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type InvalidPlace, InvalidRequest } from "../domain/errors.ts";
import { isJsonObject, type Json, stringifyJson } from "../domain/json.ts";
import type { TenantContext } from "../tenancy/context.ts";
import { invalidPlaces } from "../wire/prefect/errors.ts";
import { readJsonBody } from "./body.ts";

/** What the middleware leaves for the routes. */
export interface Variables {
  requestId: string;
  tenant: TenantContext;
  requestBody: Json;
}

export type RequestContext = Context<{ Variables: Variables }>;

type Shape = z.ZodObject | undefined;
type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/**
 * How the body is put together, as in FastAPI: `model` is one model that is the whole body; `keys` are parameters of
 * their own, each a key of the body, which may be absent altogether when none is required.
 */
export type Body = { model: z.ZodType } | { keys: z.ZodObject };

export interface Input<P extends Shape, Q extends Shape, B> {
  params: Output<P>;
  query: Output<Q>;
  body: B;
  /** The request's own headers and URL, for the few routes that look at them. */
  request: Request;
}

/** What a handler gives: a status and a JSON body, `null` included, or plain text; no body at all when both are left out. */
export interface Answer {
  status: number;
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
}

/** The response model of an answer that is plain text. */
export const PLAIN_TEXT = z.string();

export interface Endpoint {
  method: "get" | "post" | "put" | "patch" | "delete";
  /**
   * The path below `/api`, with `{name}` parameters, as the real server writes it: a final slash is no matter. A path with
   * `{name:uuid}` is no route for other texts than canonical ids.
   */
  path: string;
  route: RouteConfig;
  handle(context: RequestContext): Promise<Response>;
}

interface Definition<P extends Shape, Q extends Shape, B extends Body | undefined> {
  method: Endpoint["method"];
  path: string;
  summary: string;
  tags: [string];
  params?: P;
  query?: Q;
  body?: B;
  /** Headers that are checked, by their names in lower case; what they say is no part of the input. */
  headers?: z.ZodObject;
  /** False keeps the route out of the OpenAPI document. */
  isDocumented?: boolean;
  /** Status -> response model; null for an answer without a body, PLAIN_TEXT for one with text. */
  responses: Record<number, z.ZodType | null>;
}

type BodyOutput<B> = B extends { model: infer M } ? Output<M> : B extends { keys: infer K } ? Output<K> : undefined;

/**
 * One route: parse everything that comes in (all invalid places of path, query and body are reported at once, as FastAPI
 * does), call the handler, shape its answer.
 */
export function endpoint<P extends Shape = undefined, Q extends Shape = undefined, B extends Body | undefined = undefined>(
  definition: Definition<P, Q, B>,
  handler: (tenant: TenantContext, input: Input<P, Q, BodyOutput<B>>) => Promise<Answer>,
): Endpoint {
  return {
    method: definition.method,
    path: definition.path,
    route: describe(definition),
    async handle(context) {
      const input = await readInput(definition, context);
      return respond(await handler(context.get("tenant"), input as Input<P, Q, BodyOutput<B>>));
    },
  };
}

/** A Response of an answer. JSON numbers keep their source text. */
export function respond(answer: Answer): Response {
  if (answer.text !== undefined) {
    return new Response(answer.text, {
      status: answer.status,
      headers: { "content-type": "text/plain; charset=utf-8", ...answer.headers },
    });
  }
  if (answer.body === undefined) return new Response(null, { status: answer.status, headers: answer.headers ?? {} });
  const headers = { "content-type": "application/json", ...answer.headers };
  return new Response(stringifyJson(answer.body as Json), { status: answer.status, headers });
}

async function readInput(definition: Definition<Shape, Shape, Body | undefined>, context: RequestContext) {
  const places: InvalidPlace[] = [];
  if (definition.headers) parsePart(definition.headers, filledHeaders(context.req.raw), "header", places);
  const params = parsePart(definition.params, context.req.param(), "path", places);
  const query = parsePart(definition.query, lastValues(context.req.raw), "query", places);
  const body = definition.body ? await parseBody(definition.body, context, places) : undefined;
  if (places.length > 0) throw new InvalidRequest(places);
  return { params, query, body, request: context.req.raw };
}

/** The parameters of the query; of one that is given twice the last, as FastAPI has it. */
const lastValues = (request: Request) => Object.fromEntries(new URL(request.url).searchParams);

/** An empty header is as good as none. */
function filledHeaders(request: Request): Record<string, string> {
  return Object.fromEntries([...request.headers].filter(([, value]) => value !== ""));
}

function parsePart(schema: Shape, value: unknown, root: string, places: InvalidPlace[]): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  places.push(...invalidPlaces(result.error, [root], value));
  return undefined;
}

async function parseBody(body: Body, context: RequestContext, places: InvalidPlace[]): Promise<unknown> {
  const given = await readJsonBody(context.req.raw);
  context.set("requestBody", given ?? null);
  const missing = given === undefined || given === null;
  if ("model" in body) {
    // As for a parameter of its own, null is no body.
    const result = body.model.safeParse(given ?? undefined);
    if (result.success) return result.data;
    if (missing) places.push({ loc: ["body"], msg: "field required", type: "value_error.missing" });
    else places.push(...invalidPlaces(result.error, ["body"], given));
    return undefined;
  }
  if (missing || isJsonObject(given)) {
    // A parameter that is null was not sent, says FastAPI.
    const sent = Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== null));
    const result = body.keys.safeParse(sent);
    if (result.success) return result.data;
    places.push(...invalidPlaces(result.error, ["body"], sent));
    return undefined;
  }
  // A body that is no object has none of the keys, not even the optional ones.
  for (const key of Object.keys(body.keys.shape)) places.push({ loc: ["body", key], msg: "field required", type: "value_error.missing" });
  return undefined;
}

function describe(definition: Definition<Shape, Shape, Body | undefined>): RouteConfig {
  const { body, params, query } = definition;
  const schema = body && ("model" in body ? body.model : body.keys);
  const required = body !== undefined && !("model" in body ? body.model.safeParse(undefined) : body.keys.safeParse({})).success;
  return createRoute({
    method: definition.method,
    path: `/api${definition.path.replace(":uuid}", "}")}`,
    summary: definition.summary,
    tags: definition.tags,
    ...(definition.isDocumented === false ? { hide: true } : {}),
    security: [{ bearer: [] }, { session: [] }],
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(schema ? { body: { required, content: { "application/json": { schema } } } } : {}),
    },
    responses: Object.fromEntries(
      Object.entries(definition.responses).map(([status, response]) => [
        status,
        {
          description: "",
          ...(response ? { content: { [response === PLAIN_TEXT ? "text/plain" : "application/json"]: { schema: response } } } : {}),
        },
      ]),
    ),
  });
}
