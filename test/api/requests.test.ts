import { describe, expect, it } from "vitest";
import { newTenant, send } from "./tenant.ts";

const MEBIBYTE = 1024 * 1024;

const zip = (text: string) => new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();

describe("a request", () => {
  it("may have a zipped body, counted unpacked", async () => {
    const me = await newTenant();
    const post = async (encoding: string, body: ArrayBuffer) =>
      send(
        new Request("http://slipway.test/api/flows/", {
          method: "POST",
          headers: { authorization: `Bearer ${me.key}`, "content-type": "application/json", "content-encoding": encoding },
          body,
        }),
      );
    for (const [index, encoding] of ["gzip", "GZIP", "x-gzip"].entries()) {
      const name = `zipped-${index}`;
      const answer = await post(encoding, await zip(JSON.stringify({ name })));
      expect([encoding, answer.status, answer.body.name]).toEqual([encoding, 201, name]);
    }
    const whole = await zip('{"name": "cut"}');
    const plain = await new Blob(['{"name": "plain"}']).arrayBuffer();
    for (const broken of [plain, whole.slice(0, 15)])
      expect(await post("gzip", broken)).toMatchObject({ status: 400, body: { detail: "The body is not valid gzip." } });
    const bomb = await zip(`{"name": "${"x".repeat(40 * MEBIBYTE)}"}`);
    expect(bomb.byteLength).toBeLessThan(MEBIBYTE);
    expect((await post("gzip", bomb)).status).toBe(413);
  });

  it("may have 5 MiB and no more, whether it tells its length or not", async () => {
    const me = await newTenant();
    const fits = JSON.stringify({ limit: 1 }).padEnd(5 * MEBIBYTE);
    expect((await me.post("/flows/filter", fits)).status).toBe(200);
    const refusal = { status: 413, body: { detail: "The body is too large: at most 5242880 bytes are taken." } };
    expect(await me.post("/flows/filter", `${fits} `)).toMatchObject(refusal);
    const stream = new Blob([`${fits} `]).stream();
    const headers = { authorization: `Bearer ${me.key}`, "content-type": "application/json" };
    const unsaid = new Request("http://slipway.test/api/flows/filter", {
      method: "POST",
      headers,
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect(unsaid.headers.has("content-length")).toBe(false);
    expect(await send(unsaid)).toMatchObject(refusal);
    // A length that is told is enough to refuse, and what was sent is read before: else the sender might miss the answer.
    const told = new Request("http://slipway.test/api/flows/filter", {
      method: "POST",
      headers: { ...headers, "content-length": String(6 * MEBIBYTE) },
      body: fits,
    });
    expect(await send(told)).toMatchObject(refusal);
    expect(told.bodyUsed).toBe(true);
  });

  it("of another method is told the path's methods", async () => {
    const me = await newTenant();
    for (const [method, path, allow] of [
      ["PUT", "/flows/", "POST"],
      ["OPTIONS", "/flows/", "POST"],
      ["HEAD", "/flows/", "POST"],
      ["PUT", "/flows/filter", "PATCH, GET, DELETE, POST"],
      ["POST", "/flows/00000000-0000-4000-8000-000000000000", "PATCH, GET, DELETE"],
      ["DELETE", "/health", "GET"],
    ] as const) {
      const answer = await me.call(method, path);
      const allowed = answer.headers.get("allow")?.split(", ").sort();
      expect([method, path, answer.status, allowed]).toEqual([method, path, 405, allow.split(", ").sort()]);
    }
    for (const [method, path, allow] of [
      ["GET", "/signup", "POST"],
      ["PUT", "/signin", "POST"],
      ["GET", "/signout", "POST"],
      ["DELETE", "/", "GET"],
    ] as const) {
      const answer = await send(new Request(`http://slipway.test${path}`, { method }));
      expect([method, path, answer.status, answer.headers.get("allow")]).toEqual([method, path, 405, allow]);
    }
  });

  it("for the head alone is answered as one for the whole, without the body", async () => {
    const me = await newTenant();
    const variable = await me.must("POST", "/variables/", { name: "v", value: "1" });
    const answer = await me.call("HEAD", `/variables/${variable.id}`);
    expect([answer.status, answer.body, answer.headers.get("content-type")]).toEqual([200, null, "application/json"]);
  });
});
