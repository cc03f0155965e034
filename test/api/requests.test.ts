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

  it("is read with Python's eyes: pairs are a dict, `now` is a time, the last of a parameter counts", async () => {
    const me = await newTenant();
    const flow = await me.must("POST", "/flows/", [["name", "paired"]]);
    expect(flow.name).toBe("paired");
    expect((await me.post("/flows/filter", { flows: [["tags", "ab"]] })).body.exception_detail[0].loc).toEqual(["body", "flows", "tags"]);
    const run = await me.must("POST", "/flow_runs/", {
      flow_id: flow.id,
      state: { type: "SCHEDULED", state_details: { scheduled_time: "now" } },
    });
    expect(Math.abs(Date.parse(run.expected_start_time) - Date.now())).toBeLessThan(60_000);
    const wrong = async (time: unknown) =>
      (await me.post("/flow_runs/filter", { flow_runs: { start_time: { after_: time } } })).body.exception_detail[0];
    expect(await wrong("soon")).toMatchObject({ msg: "Unable to parse string [soon]", type: "value_error.parser" });
    expect((await me.get(`/flow_runs/${run.id}/graph-v2?since=2020-01-01&since=x`)).status).toBe(422);
    const far = await me.must("POST", "/flow_runs/", {
      flow_id: flow.id,
      state: { type: "SCHEDULED", state_details: { scheduled_time: "9999-12-31T23:59:59Z" } },
    });
    expect((await me.get(`/flow_runs/${far.id}`)).body.next_scheduled_start_time).toBe("9999-12-31T23:59:59+00:00");
    const later = { flow_runs: { expected_start_time: { after_: "9999-01-01" } } };
    expect((await me.post("/flow_runs/filter", later)).body).toMatchObject([{ id: far.id }]);
  });

  it("of a version that nobody speaks is refused only where there is a route", async () => {
    const me = await newTenant();
    const ask = (method: string, path: string) =>
      send(
        new Request(`http://slipway.test/api${path}`, {
          method,
          headers: { authorization: `Bearer ${me.key}`, "x-prefect-api-version": "0.7.9" },
        }),
      );
    expect([(await ask("GET", "/ready")).status, (await ask("PUT", "/ready")).status, (await ask("GET", "/nowhere")).status]).toEqual([
      400, 405, 404,
    ]);
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
