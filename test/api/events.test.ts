import { describe, expect, it } from "vitest";
import { newTenant } from "./tenant.ts";

const EVENTS = "Events are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS setting.";
const AUTOMATIONS =
  "Automations are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS and PREFECT_API_SERVICES_TRIGGERS_ENABLED settings.";

describe("events and automations that are off", () => {
  it("answer as a server that has not enabled them, whatever they are asked", async () => {
    const me = await newTenant();
    const id = crypto.randomUUID();
    for (const [method, path, body, detail] of [
      ["POST", "/events", [{ nonsense: 1 }], EVENTS],
      ["POST", "/events/filter", { limit: "x" }, EVENTS],
      ["GET", "/events/filter/next", undefined, EVENTS],
      ["POST", "/events/count-by/nothing", {}, EVENTS],
      ["POST", "/automations/", { name: 1 }, AUTOMATIONS],
      ["POST", "/automations/count", undefined, AUTOMATIONS],
      ["GET", `/automations/${id}`, undefined, AUTOMATIONS],
      ["PATCH", `/automations/${id}`, {}, AUTOMATIONS],
      ["DELETE", "/automations/owned-by/x", undefined, AUTOMATIONS],
    ] as const) {
      const answer = await me.call(method, path, body);
      expect([path, answer.status, answer.body]).toEqual([path, 404, { detail }]);
    }
    expect((await me.post("/events", "{")).status).toBe(422);
    expect((await me.get("/automations/x")).body).toEqual({ detail: "Not Found" });
    expect((await me.get("/events/out", { upgrade: "websocket", "sec-websocket-protocol": "prefect" })).status).toBe(404);
  });

  it("cost nothing when runs change", async () => {
    const me = await newTenant();
    const flow = await me.must("POST", "/flows/", { name: "f" });
    const run = await me.must("POST", "/flow_runs/", { flow_id: flow.id });
    expect((await me.post(`/flow_runs/${run.id}/set_state`, { state: { type: "RUNNING" } })).cost.roundTrips).toBe(2);
  });
});
