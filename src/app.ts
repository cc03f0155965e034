import type { z } from "@hono/zod-openapi";
import { type Context, Hono } from "hono";
import openapi from "../openapi/openapi.json";
import { InvalidRequest, Refusal } from "./domain/errors.ts";
import { configOf, databaseOf, type Env } from "./env.ts";
import { isUpgrade, sendEvents, sendEventsByKey, takeEvents } from "./event-sockets.ts";
import { sendLeases, sendLeasesByKey } from "./lease-socket.ts";
import { log } from "./observe/log.ts";
import { Meter } from "./observe/meter.ts";
import { readJsonBody } from "./routes/body.ts";
import { respond, type Variables } from "./routes/endpoint.ts";
import { endpoints } from "./routes/index.ts";
import { honoPath, methodsByPath, withOtherSlash } from "./routes/paths.ts";
import { serveS3 } from "./storage/s3/gateway.ts";
import { Database } from "./store/database.ts";
import { pingMigrated } from "./store/health.ts";
import { authenticate } from "./tenancy/authenticate.ts";
import { closeAccount } from "./tenancy/close-account.ts";
import { now, tenantContext } from "./tenancy/context.ts";
import { pageOriginOf } from "./tenancy/same-origin.ts";
import { endedSessionCookie, sessionCookie, sessionTokenOf } from "./tenancy/session-cookie.ts";
import { signIn } from "./tenancy/sign-in.ts";
import { signOut } from "./tenancy/sign-out.ts";
import { signUp } from "./tenancy/sign-up.ts";
import { storageCredential } from "./tenancy/storage-keys.ts";
import { signUpPage } from "./ui/sign-up-page.ts";
import { callerOf, requireSupportedVersion } from "./wire/prefect/caller.ts";
import { errorResponse, internalError, invalidPlaces, noSuchRoute, redirectToOtherSlash, wrongMethod } from "./wire/prefect/errors.ts";
import { SignInBody, SignUpBody, storageSettings } from "./wire/tenant/sign-up.ts";

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

/** The body of a request with a password. Refuses (403) what another site's page sends: it would sign its visitor in as somebody else. */
async function readSecretBody<T>(c: Context<AppEnv>, model: z.ZodType<T>): Promise<T> {
  if (pageOriginOf(c.req.raw, configOf(c.env).publicUrl) === "foreign") throw new Refusal("forbidden", "Another site's page sent this.");
  const body = await readJsonBody(c.req.raw);
  const parsed = model.safeParse(body ?? {});
  // The request's values are not sent back: one of them is a password.
  if (!parsed.success) throw new InvalidRequest(invalidPlaces(parsed.error, ["body"], body ?? {}));
  return parsed.data;
}

/** Whether people reach us over TLS, so that a cookie may ask for it. */
const isSecure = (c: Context<AppEnv>) => [c.req.url, configOf(c.env).publicUrl ?? ""].some((url) => url.startsWith("https:"));

app.post("/signup", async (c) => {
  const { email, password, workspace } = await readSecretBody(c, SignUpBody);
  const made = await signUp(c.env, { email, password, workspace: workspace ?? "default" }, c.get("meter"));
  const { publicUrl, storageUrl } = configOf(c.env);
  const base = publicUrl ?? new URL(c.req.url).origin;
  return respond({
    status: 201,
    body: {
      account: made.account,
      workspace: made.workspace,
      api_url: `${base}/api`,
      api_key: made.apiKey,
      ...storageSettings(base, storageUrl),
    },
    headers: { "set-cookie": sessionCookie(made.token, isSecure(c)) },
  });
});

app.post("/signin", async (c) => {
  const { email, password } = await readSecretBody(c, SignInBody);
  const { account, workspace, token } = await signIn(
    c.env,
    { email, password, address: c.req.header("cf-connecting-ip") ?? "" },
    c.get("meter"),
  );
  return respond({ status: 200, body: { account, workspace }, headers: { "set-cookie": sessionCookie(token, isSecure(c)) } });
});

app.post("/signout", async (c) => {
  const token = sessionTokenOf(c.req.header("cookie") ?? null);
  if (token !== null) {
    if (pageOriginOf(c.req.raw, configOf(c.env).publicUrl) !== "own") throw new Refusal("forbidden", "Another site's page sent this.");
    await signOut(c.env, token, c.get("meter"));
  }
  return respond({ status: 204, headers: { "set-cookie": endedSessionCookie(isSecure(c)) } });
});

/** The password is asked again: a session alone deletes nothing. */
app.post("/close-account", async (c) => {
  const { email, password } = await readSecretBody(c, SignInBody);
  await closeAccount(c.env, { email, password, address: c.req.header("cf-connecting-ip") ?? "" }, c.get("meter"));
  return respond({ status: 204, headers: { "set-cookie": endedSessionCookie(isSecure(c)) } });
});

/** The file storage, for clients of S3: who asks says the signature. */
const serveFiles = (c: Context<AppEnv>) =>
  serveS3(c.req.raw, {
    bucket: c.env.STORAGE,
    requestId: c.get("requestId"),
    credentialOf: (accessKeyId) => storageCredential(c.env, accessKeyId, c.get("meter")),
    databaseOf: (shard) => new Database(databaseOf(c.env, shard), c.get("meter")),
    limits: configOf(c.env).storageLimits,
    now,
    onFailure: (error) =>
      log("error", "file storage failed", { requestId: c.get("requestId"), method: c.req.method, error: String(error) }),
  });
app.all("/s3", serveFiles);
app.all("/s3/*", serveFiles);

/** What is answered without a key. */
const PUBLIC = ["/api/health", "/api/version", "/api/openapi.json"];

app.get("/api/health", async (c) => {
  configOf(c.env);
  const db = new Database(databaseOf(c.env, 0), c.get("meter"));
  await db.run(pingMigrated(db));
  return c.json(true);
});
app.get("/api/version", (c) => c.json("0.8.4"));
app.get("/api/openapi.json", (c) => c.json(openapi));

/** Prefect's own client names its key in the first message it sends here, not in the request. */
app.get("/api/events/out", async (c, next) => {
  const isSaid = c.req.header("authorization") !== undefined || c.req.header("cookie") !== undefined;
  if (isSaid || !configOf(c.env).events || !isUpgrade(c.req.raw)) return next();
  return sendEventsByKey(c.req.raw, verifierOf(c)) ?? noSuchRoute();
});

/** A socket needs a key, in the request or in its first message: a session's cookie another site's page could send too. */
app.get("/api/work_pools/:name/lease", async (c, next) => {
  if (!isUpgrade(c.req.raw)) return next();
  const open = c.req.header("authorization") === undefined ? sendLeasesByKey : sendLeases;
  return open(c.req.raw, c.req.param("name"), verifierOf(c));
});

/** Finds the tenant of an API key; null for none. */
const verifierOf = (c: Context<AppEnv>) => (secret: string) =>
  tenantOfKey(c.env, c.req.raw, secret, (work) => c.executionCtx.waitUntil(logged(work, c.get("requestId"))));

async function tenantOfKey(env: Env, { headers: sent }: Request, secret: string, afterwards: (work: Promise<unknown>) => void) {
  const meter = new Meter();
  const headers = new Headers(sent);
  headers.set("authorization", `Bearer ${secret}`);
  try {
    const { key } = await authenticate(env, new Request("https://sockets.internal/", { headers }), meter);
    return tenantContext(env, key, callerOf(headers, key), meter, afterwards);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** From here on every route needs a key or a session: a caller without one learns nothing, not even which routes exist. */
app.use("/api/*", async (c, next) => {
  const { key, extendedToken } = await authenticate(c.env, c.req.raw, c.get("meter"));
  const caller = callerOf(c.req.raw.headers, key);
  c.set(
    "tenant",
    tenantContext(c.env, key, caller, c.get("meter"), (work) => c.executionCtx.waitUntil(logged(work, c.get("requestId")))),
  );
  await next();
  if (extendedToken !== null) c.res.headers.append("set-cookie", sessionCookie(extendedToken, isSecure(c)));
});

const logged = (work: Promise<unknown>, requestId: string) =>
  work.catch((error: unknown) => log("error", "work after the answer failed", { requestId, error: String(error) }));

app.get("/api/events/:direction{in|out}", async (c, next) => {
  const tenant = c.get("tenant");
  if (!tenant.config.events || !isUpgrade(c.req.raw)) return next();
  if (c.req.param("direction") === "in") return takeEvents(tenant);
  return (await sendEvents(tenant, c.req.raw)) ?? noSuchRoute();
});

for (const { method, path, handle } of endpoints) {
  app.on(method, honoPath(path), (c) => {
    requireSupportedVersion(c.req.raw.headers);
    return handle(c as never);
  });
}
for (const [path, allowed] of [...methodsByPath(endpoints), ...PUBLIC.map((path) => [path, ["GET"]] as const)]) {
  app.all(path, () => wrongMethod(allowed));
  app.all(withOtherSlash(path), (c) => redirectToOtherSlash(new URL(c.req.url)));
}
for (const path of ["/signup", "/signin", "/signout", "/close-account"]) app.all(path, () => wrongMethod(["POST"]));
app.all("/", () => wrongMethod(["GET"]));

app.notFound(() => noSuchRoute());
