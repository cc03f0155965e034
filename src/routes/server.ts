import { z } from "@hono/zod-openapi";
import { Refusal } from "../domain/errors.ts";
import { changeDatabase } from "../services/server/change-database.ts";
import { checkDatabase } from "../services/server/check-database.ts";
import { ErrorBody } from "../wire/prefect/error-body.ts";
import { ConfirmBody, CsrfTokenQuery, ReadyAnswer, SERVER_VERSION, Settings, settingsToWire } from "../wire/prefect/server.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const root: [string] = ["Root"];
const admin: [string] = ["Admin"];

/** Answers 400 without a body unless the caller confirms, as the real server does. */
const databaseEndpoint = (change: "clear" | "drop" | "create"): Endpoint =>
  endpoint(
    {
      method: "post",
      path: `/admin/database/${change}`,
      summary: `Refuse to ${change} the service's database`,
      tags: admin,
      body: { keys: ConfirmBody },
      responses: { 204: null, 400: null },
    },
    async (_, { body }) => {
      if (!body.confirm) return { status: 400 };
      changeDatabase(change);
      return { status: 204 };
    },
  );

export const serverEndpoints: Endpoint[] = [
  endpoint({ method: "get", path: "/hello", summary: "Say hello", tags: root, responses: { 200: z.string() } }, async () => ({
    status: 200,
    body: "👋",
  })),
  endpoint(
    { method: "get", path: "/ready", summary: "Tell whether the database answers", tags: root, responses: { 200: ReadyAnswer } },
    async (tenant) => {
      await checkDatabase(tenant);
      return { status: 200, body: { message: "OK" } };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/csrf-token",
      summary: "Tell that requests need no CSRF token: they carry a key, and no browser sends that by itself",
      tags: root,
      query: CsrfTokenQuery,
      responses: { 422: ErrorBody },
    },
    async () => {
      throw new Refusal("invalid", "CSRF protection is disabled.");
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/admin/settings",
      summary: "Read the settings that concern a tenant",
      tags: admin,
      responses: { 200: Settings },
    },
    async (tenant) => ({
      status: 200,
      body: settingsToWire(tenant.config.publicUrl),
    }),
  ),
  endpoint(
    { method: "get", path: "/admin/version", summary: "Read the version", tags: admin, responses: { 200: z.string() } },
    async () => ({
      status: 200,
      body: SERVER_VERSION,
    }),
  ),
  databaseEndpoint("clear"),
  databaseEndpoint("drop"),
  databaseEndpoint("create"),
];
