import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { type Body, Client, newTenant, send } from "./tenant.ts";

const made = (me: Client, name: string): Promise<Body> => me.must("POST", "/api_keys/", { name });

describe("API keys", () => {
  it("are made, listed without what opens them, and revoked", async () => {
    const me = await newTenant();
    const second = await made(me, "laptop");
    expect(second).toEqual({
      id: expect.any(String),
      name: "laptop",
      created: expect.any(String),
      revoked: null,
      api_key: expect.stringMatching(/^slw_\w{36}$/),
    });
    const laptop = new Client(second.api_key, me.workspaceId);
    const listed = await laptop.get("/api_keys/");
    expect([listed.status, listed.body.map(({ name }: Body) => name)]).toEqual([200, ["first key", "laptop"]]);
    const { api_key: secret, ...row } = second;
    expect(listed.body[1]).toEqual(row);
    const stored = await env.DB_0.prepare("SELECT * FROM api_keys WHERE workspace_id = ?1").bind(me.workspaceId).all();
    expect([listed.body, stored.results].map((shown) => JSON.stringify(shown).includes(secret))).toEqual([false, false]);

    expect((await me.delete(`/api_keys/${second.id}`)).status).toBe(204);
    expect([(await laptop.post("/flows/filter", {})).status, (await me.post("/flows/filter", {})).status]).toEqual([401, 200]);
    const { revoked } = (await me.get("/api_keys/")).body[1];
    expect(revoked).toEqual(expect.any(String));
    // Again: it keeps its time.
    expect((await me.delete(`/api_keys/${second.id}`)).status).toBe(204);
    expect((await me.get("/api_keys/")).body[1].revoked).toBe(revoked);
  });

  it("are each workspace's own", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    const mine = await made(me, "mine");
    expect((await other.get("/api_keys/")).body.map(({ name }: Body) => name)).toEqual(["first key"]);
    const answer = await other.delete(`/api_keys/${mine.id}`);
    expect([answer.status, answer.body]).toEqual([404, { detail: "API key not found" }]);
    expect((await new Client(mine.api_key, me.workspaceId).post("/flows/filter", {})).status).toBe(200);
  });

  it("are made by a session when all are lost", async () => {
    const email = `k-${crypto.randomUUID()}@example.com`;
    const post = (path: string, body: object, headers: Record<string, string> = {}) =>
      send(
        new Request(`https://slipway.test${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", origin: "https://slipway.test", ...headers },
          body: JSON.stringify(body),
        }),
      );
    const signedUp = await post("/signup", { email, password: "correct horse" });
    const me = new Client(signedUp.body.api_key, signedUp.body.workspace.id);
    const [first] = (await me.get("/api_keys/")).body;
    expect((await me.delete(`/api_keys/${first.id}`)).status).toBe(204);
    expect((await me.get("/api_keys/")).status).toBe(401);
    const signedIn = await post("/signin", { email, password: "correct horse" });
    const [cookie = ""] = (signedIn.headers.get("set-cookie") ?? "").split(";");
    const again = await post("/api/api_keys/", { name: "again" }, { cookie });
    expect(again.status).toBe(201);
    expect((await new Client(again.body.api_key, me.workspaceId).post("/flows/filter", {})).status).toBe(200);
  });

  it("are refused without a name, with a long one, and beyond a hundred in use", async () => {
    const me = await newTenant();
    for (const body of [{}, { name: "" }, { name: "x".repeat(101) }, { name: null }])
      expect([body, (await me.post("/api_keys/", body)).status]).toEqual([body, 422]);
    const ids = [];
    for (let count = 1; count < 100; count += 1) ids.push((await made(me, `k${count}`)).id);
    expect((await me.post("/api_keys/", { name: "one more" })).status).toBe(409);
    await me.delete(`/api_keys/${ids[0]}`);
    expect((await me.post("/api_keys/", { name: "one more" })).status).toBe(201);
  });
});
