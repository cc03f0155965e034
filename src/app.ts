import { Hono } from "hono";
import openapi from "../openapi/openapi.json";
import { InvalidRequest } from "./domain/errors.ts";
import { configOf, type Env } from "./env.ts";
import { log } from "./observe/log.ts";
import { Meter } from "./observe/meter.ts";
import { readJsonBody } from "./routes/body.ts";
import { type Endpoint, respond, type Variables } from "./routes/endpoint.ts";
import { endpoints } from "./routes/index.ts";
import { honoPath, withOtherSlash } from "./routes/paths.ts";
import { authenticate } from "./tenancy/authenticate.ts";
import { tenantContext } from "./tenancy/context.ts";
import { signUp } from "./tenancy/sign-up.ts";
import { signUpPage } from "./ui/sign-up-page.ts";
import { callerOf, requireSupportedVersion } from "./wire/prefect/caller.ts";
import { errorResponse, internalError, invalidPlaces, noSuchRoute, redirectToOtherSlash, wrongMethod } from "./wire/prefect/errors.ts";
import { SignUpBody } from "./wire/tenant/sign-up.ts";

type AppEnv = { Bindings: Env; Variables: Variables & { meter: Meter } };

/** The HTTP face: middleware order, error mapping, mounts. */
export const app = new Hono<AppEnv>();

app.use(async (c, next) => {
  const requestId = crypto.randomUUID();
  c.set("requestId", requestId);
  c.set("requestBody", null);
  c.set("meter", new Meter());
  await next();
  c.res.headers.set("x-request-id", requestId);
  c.res.headers.set("server-timing", c.get("meter").header());
});

app.onError((error, c) => {
  const answer = errorResponse(error, c.get("requestBody"));
  if (answer) return answer;
  log("error", "request failed", {
    requestId: c.get("requestId"),
    method: c.req.method,
    route: c.req.routePath,
    error: String(error),
    stack: error.stack,
  });
  return internalError(c.get("requestId"));
});

app.get("/", () => new Response(signUpPage, { headers: PAGE_HEADERS }));

const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

app.post("/signup", async (c) => {
  const body = await readJsonBody(c.req.raw);
  const parsed = SignUpBody.safeParse(body ?? {});
  // The request's values are not sent back: one of them is a password.
  if (!parsed.success) throw new InvalidRequest(invalidPlaces(parsed.error, ["body"], body ?? {}));
  const { email, password, workspace } = parsed.data;
  const made = await signUp(c.env, { email, password, workspace: workspace ?? "default" }, c.get("meter"));
  const origin = c.env.PUBLIC_URL || new URL(c.req.url).origin;
  return respond({
    status: 201,
    body: { account: made.account, workspace: made.workspace, api_url: `${origin.replace(/\/$/, "")}/api`, api_key: made.apiKey },
  });
});

/** What is answered without a key. */
const PUBLIC = ["/api/health", "/api/version", "/api/openapi.json"];

app.get("/api/health", async (c) => {
  configOf(c.env);
  await c.env.DB_0.prepare("SELECT 1 FROM workspaces LIMIT 1").all();
  return c.json(true);
});
app.get("/api/version", (c) => c.json("0.8.4"));
app.get("/api/openapi.json", (c) => c.json(openapi));

/** From here on every route needs a key: a caller without one learns nothing, not even which routes exist. */
app.use("/api/*", async (c, next) => {
  const key = await authenticate(c.env, c.req.header("authorization") ?? null, c.get("meter"));
  requireSupportedVersion(c.req.raw.headers);
  const caller = callerOf(c.req.raw.headers, key.keyId);
  c.set(
    "tenant",
    tenantContext(c.env, key, caller, c.get("meter"), (work) => c.executionCtx.waitUntil(logged(work, c.get("requestId")))),
  );
  await next();
});

const logged = (work: Promise<unknown>, requestId: string) =>
  work.catch((error: unknown) => log("error", "work after the answer failed", { requestId, error: String(error) }));

for (const { method, path, handle } of endpoints) app.on(method, honoPath(path), (c) => handle(c as never));
for (const [path, allowed] of [...methodsByPath(endpoints), ...PUBLIC.map((path) => [path, ["GET"]] as const)]) {
  app.all(path, () => wrongMethod(allowed));
  app.all(withOtherSlash(path), (c) => redirectToOtherSlash(new URL(c.req.url)));
}

app.notFound(() => noSuchRoute());

function methodsByPath(all: Endpoint[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of all) methods.set(honoPath(path), [...(methods.get(honoPath(path)) ?? []), method.toUpperCase()]);
  return methods;
}
