import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { type Answer, newTenant, send } from "./tenant.ts";

const HERE = "https://slipway.test";
const PASSWORD = "correct horse";

const post = (path: string, body?: unknown, headers: Record<string, string> = {}, origin = HERE) =>
  send(
    new Request(`${origin}${path}`, {
      method: "POST",
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );

const cookieOf = (answer: Answer) => answer.headers.get("set-cookie") ?? "";
const tokenOf = (answer: Answer) => /^slipway_session=([^;]*)/.exec(cookieOf(answer))?.[1] ?? "";

async function newAccount(): Promise<{ email: string; signedUp: Answer }> {
  const email = `s-${crypto.randomUUID()}@example.com`;
  const signedUp = await post("/signup", { email, password: PASSWORD, workspace: "w" });
  expect(signedUp.status).toBe(201);
  return { email, signedUp };
}

/** A page's calls: with its session's cookie and where the browser says that they come from. */
const page = (token: string, from: Record<string, string> = { origin: HERE }) => ({
  get: (path: string) => send(new Request(`${HERE}/api${path}`, { headers: { cookie: `a=b; slipway_session=${token}`, ...from } })),
  post: (path: string, body?: unknown) => post(`/api${path}`, body, { cookie: `slipway_session=${token}`, ...from }),
});

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const moveEnd = async (token: string, days: number) =>
  env.DB_0.prepare("UPDATE sessions SET expires_at = ?2 WHERE hash = ?1")
    .bind(await hashOf(token), (Date.now() + days * 86_400_000) * 1000)
    .run();

describe("sessions", () => {
  it("are opened by sign-up and sign-in, stand for a key, and end with a sign-out", async () => {
    const { email, signedUp } = await newAccount();
    expect(cookieOf(signedUp)).toMatch(/^slipway_session=sls_\w{36}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure$/);
    const signedIn = await post("/signin", { email: email.toUpperCase(), password: PASSWORD }, { origin: HERE });
    expect([signedIn.status, signedIn.body]).toEqual([200, { account: signedUp.body.account, workspace: signedUp.body.workspace }]);
    expect(signedIn.cost.roundTrips).toBe(2);
    expect(cookieOf(await post("/signin", { email, password: PASSWORD }, {}, "http://slipway.test"))).not.toContain("Secure");
    const stored = await env.DB_0.prepare("SELECT hash FROM sessions WHERE workspace_id = ?1").bind(signedUp.body.workspace.id).all();
    expect(JSON.stringify(stored.results)).not.toContain(tokenOf(signedIn));

    const me = page(tokenOf(signedIn));
    const made = await me.post("/flows/", { name: "f" });
    expect([made.status, cookieOf(made)]).toEqual([201, ""]);
    const cold = await page(tokenOf(signedUp)).get(`/flows/${made.body.id}`);
    const warm = await page(tokenOf(signedUp)).get(`/flows/${made.body.id}`);
    expect([cold.status, cold.cost.roundTrips, warm.status, warm.cost.roundTrips]).toEqual([200, 2, 200, 1]);

    const signedOut = await post("/signout", undefined, { cookie: `slipway_session=${tokenOf(signedIn)}`, origin: HERE });
    expect([signedOut.status, cookieOf(signedOut)]).toEqual([204, "slipway_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"]);
    expect((await me.get("/flows/name/f")).status).toBe(401);
    expect((await page(tokenOf(signedUp)).get("/flows/name/f")).status).toBe(200);
    expect((await post("/signout")).status).toBe(204);
  });

  it("are refused when unknown, expired, or sent as a key; a used one lasts on", async () => {
    const { signedUp } = await newAccount();
    const token = tokenOf(signedUp);
    const bearer = await send(new Request(`${HERE}/api/flows/name/f`, { headers: { authorization: `Bearer ${token}` } }));
    expect(bearer.status).toBe(401);
    await moveEnd(token, -0.001);
    const ended = await page(token).get("/flows/name/f");
    expect([ended.status, ended.body]).toEqual([401, { detail: "The session has ended: sign in again." }]);
    expect((await page("sls_unknown").post("/flows/filter", {})).status).toBe(401);

    await moveEnd(token, 28.5);
    const extended = await page(token).post("/flows/filter", {});
    expect([extended.status, tokenOf(extended), extended.cost.roundTrips]).toEqual([200, token, 2]);
    const row = await env.DB_0.prepare("SELECT expires_at AS at FROM sessions WHERE hash = ?1")
      .bind(await hashOf(token))
      .first<{ at: number }>();
    expect((row?.at ?? 0) / 1000 - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
    expect((await page(token).get("/flows/name/f")).status).toBe(404);
  });

  it("serve our own pages alone", async () => {
    const { email, signedUp } = await newAccount();
    const token = tokenOf(signedUp);
    const flow = { name: "forged" };
    const own = [
      { origin: HERE },
      { origin: "https://slipway.test:443" },
      { "sec-fetch-site": "same-origin", origin: "https://proxied.test" },
    ];
    const foreign: Record<string, string>[] = [
      { origin: "https://evil.test" },
      { origin: "http://slipway.test" },
      { origin: "https://slipway.test:8443" },
      { origin: "https://sub.slipway.test" },
      { origin: "https://slipway.test.evil.test" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", origin: HERE },
    ];
    for (const from of [...foreign, {}, { "sec-fetch-site": "none" }]) {
      for (const sent of [
        await page(token, from).post("/flows/", flow),
        await post("/signout", undefined, { cookie: `slipway_session=${token}`, ...from }),
      ]) {
        expect([from, sent.status, Object.keys(sent.body)]).toEqual([from, 403, ["detail"]]);
      }
    }
    for (const from of foreign) {
      expect([from, (await page(token, from).get("/flows/name/forged")).status]).toEqual([from, 403]);
      expect([from, (await post("/signin", { email, password: PASSWORD }, from)).status]).toEqual([from, 403]);
    }
    expect((await page(token, {}).get("/flows/name/forged")).status).toBe(404);
    for (const from of own) expect([from, (await page(token, from).post("/flows/filter", {})).status]).toEqual([from, 200]);
    // A key is no cookie: whoever can send it may.
    const keyed = await post("/api/flows/", flow, { authorization: `Bearer ${signedUp.body.api_key}`, origin: "https://evil.test" });
    expect(keyed.status).toBe(201);
  });

  it("open one workspace and no other", async () => {
    const [{ signedUp: a }, { signedUp: b }] = [await newAccount(), await newAccount()];
    const flow = await page(tokenOf(a)).post("/flows/", { name: "mine" });
    expect((await page(tokenOf(b)).get(`/flows/${flow.body.id}`)).status).toBe(404);
    expect((await page(tokenOf(b)).post("/flows/filter", {})).body).toEqual([]);
    // A key that is sent decides, wrong or not.
    const other = await newTenant();
    for (const [key, status] of [
      [other.key, 404],
      ["wrong", 401],
    ] as const) {
      const headers = { authorization: `Bearer ${key}`, cookie: `slipway_session=${tokenOf(a)}`, origin: HERE };
      expect((await send(new Request(`${HERE}/api/flows/${flow.body.id}`, { headers }))).status).toBe(status);
    }
  });
});

describe("sign-in", () => {
  it("answers a wrong password as it does an unknown address, and bad values without repeating them", async () => {
    const { email } = await newAccount();
    const wrong = await post("/signin", { email, password: "wrong horse" });
    const unknown = await post("/signin", { email: `x${email}`, password: PASSWORD });
    expect([wrong.status, wrong.body, cookieOf(wrong)]).toEqual([401, { detail: "The email address or the password is wrong." }, ""]);
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
    const bad = await post("/signin", { email: "nobody", password: "secret words" });
    expect([bad.status, bad.body.exception_detail[0].loc]).toEqual([422, ["body", "email"]]);
    expect(JSON.stringify(bad.body)).not.toContain("secret words");
  });

  it("is slowed down for an account from one network, also at once, and forgets in time", async () => {
    const { email } = await newAccount();
    const from = (address: string, password = "wrong horse") => post("/signin", { email, password }, { "cf-connecting-ip": address });
    expect((await from("2001:db8::1", PASSWORD)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 14 }, (_, host) => from(`2001:db8::${host + 1}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), ...Array(4).fill(429)]);
    const blocked = await from("2001:db8:0:0:9::9", PASSWORD);
    expect([blocked.status, blocked.body]).toEqual([429, { detail: "Too many attempts to sign in: wait a while, then try again." }]);
    expect(Number(blocked.headers.get("retry-after"))).toBeGreaterThan(800);
    expect((await from("2001:db8:0:1::1", PASSWORD)).status).toBe(200);

    await env.DB_0.prepare("UPDATE sign_in_attempts SET ends_at = 1").run();
    expect((await from("2001:db8::1", PASSWORD)).status).toBe(200);
    const left = await env.DB_0.prepare("SELECT count(*) AS n FROM sign_in_attempts WHERE attempts > 0").first<{ n: number }>();
    expect(left?.n).toBe(0);
  });

  it("is slowed down for one address that tries many accounts", async () => {
    const { email } = await newAccount();
    const address = { "cf-connecting-ip": "192.0.2.7" };
    await env.DB_0.prepare("INSERT INTO sign_in_attempts (subject, attempts, ends_at) VALUES (?1, 100, ?2)")
      .bind(await hashOf("192.0.2.7"), (Date.now() + 60_000) * 1000)
      .run();
    expect((await post("/signin", { email, password: PASSWORD }, address)).status).toBe(429);
    expect((await post("/signin", { email, password: PASSWORD }, { "cf-connecting-ip": "192.0.2.8" })).status).toBe(200);
  });
});
