import { OpenAPIHono, z } from "@hono/zod-openapi";
import { ErrorBody } from "../wire/prefect/error-body.ts";
import { SignedInBody, SignedUpBody, SignInBody, SignUpBody } from "../wire/tenant/sign-up.ts";
import { endpoints } from "./index.ts";

const refusal = { default: { description: "A refusal", content: { "application/json": { schema: ErrorBody } } } };
const answer = (description: string, schema: z.ZodType) => ({ description, content: { "application/json": { schema } } });

/** The OpenAPI document of the whole service. It is generated into `openapi/openapi.json` and served from there. */
export function buildDocument(): object {
  const app = new OpenAPIHono();
  const registry = app.openAPIRegistry;
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer", description: "An API key" });
  registry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "slipway_session",
    description: "A signed-in browser; writes only from the same origin",
  });
  registry.registerPath({
    method: "post",
    path: "/signup",
    summary: "Sign up: make an account, a workspace and its first API key",
    tags: ["Tenancy"],
    request: { body: { required: true, content: { "application/json": { schema: SignUpBody } } } },
    responses: { 201: answer("Signed up; the key is shown this once", SignedUpBody), ...refusal },
  });
  registry.registerPath({
    method: "post",
    path: "/signin",
    summary: "Sign in: open a session, kept in a cookie",
    tags: ["Tenancy"],
    request: { body: { required: true, content: { "application/json": { schema: SignInBody } } } },
    responses: { 200: answer("Signed in", SignedInBody), ...refusal },
  });
  registry.registerPath({
    method: "post",
    path: "/signout",
    summary: "Sign out: end the session of the cookie",
    tags: ["Tenancy"],
    responses: { 204: { description: "Signed out" }, ...refusal },
  });
  registry.registerPath({
    method: "post",
    path: "/close-account",
    summary: "Delete the workspace of an account, and the account",
    tags: ["Tenancy"],
    request: { body: { required: true, content: { "application/json": { schema: SignInBody } } } },
    responses: { 204: { description: "Deleted: keys and sessions have ended, what it has is being removed" }, ...refusal },
  });
  for (const [path, summary, schema] of [
    ["/api/health", "Tell whether the service can serve", z.literal(true)],
    ["/api/version", "Read the API version", z.string()],
    ["/api/openapi.json", "Read this document", z.object({})],
  ] as const) {
    registry.registerPath({ method: "get", path, summary, tags: ["Service"], responses: { 200: answer("Answered", schema), ...refusal } });
  }
  for (const { route } of endpoints) {
    if (!route.hide) registry.registerPath({ ...route, responses: { ...route.responses, ...refusal } });
  }
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Slipway", version: "0.8.4", description: "A multi-tenant deployment service that speaks the Prefect API." },
  });
}
