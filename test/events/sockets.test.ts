import { describe, expect, it } from "vitest";
import { openSocket as open } from "../api/client-socket.ts";
import { type Body, type Client, newTenant } from "../api/tenant.ts";

const event = (name: string) => ({
  occurred: new Date().toISOString(),
  event: name,
  resource: { "prefect.resource.id": "r.1" },
  id: crypto.randomUUID(),
});

const protocol = { "sec-websocket-protocol": "prefect" };
const authorization = (me: Client) => ({ authorization: `Bearer ${me.key}` });

describe("the events' sockets", () => {
  it.each(["key in the request", "key in the first message"])("send what is kept and what comes, with the %s", async (way) => {
    const me = await newTenant();
    await me.must("POST", "/events", [event("a.old"), event("b.old")]);
    const socket = await open("/events/out", way === "key in the request" ? { ...protocol, ...authorization(me) } : protocol);
    socket.send({ type: "auth", token: me.key });
    expect(await socket.next()).toEqual({ type: "auth_success" });
    socket.send({ type: "filter", filter: { event: { prefix: ["a."] } } });
    expect(await socket.next()).toMatchObject({ type: "event", event: { event: "a.old", resource: { "prefect.resource.id": "r.1" } } });
    await (await newTenant()).must("POST", "/events", [event("a.foreign")]);
    await me.must("POST", "/events", [event("b.new"), event("a.new")]);
    expect((await socket.next()).event.event).toBe("a.new");
    socket.close();
  });

  it("are closed on callers who are nobody or speak otherwise", async () => {
    const me = await newTenant();
    const stranger = await open("/events/out", protocol);
    stranger.send({ type: "auth", token: "wrong" });
    expect(await stranger.next()).toMatchObject({ type: "auth_failure" });
    expect(await stranger.next()).toBeUndefined();
    expect(stranger.closed?.code).toBe(1008);
    for (const [greeting, filter, code] of [
      [{ type: "hello" }, null, 1008],
      [{ type: "auth" }, { type: "hello" }, 1002],
      [{ type: "auth" }, { type: "filter", filter: { nonsense: 1 } }, 1002],
    ] as const) {
      const socket = await open("/events/out", { ...protocol, ...authorization(me) });
      socket.send(greeting);
      if (filter) {
        await socket.next();
        socket.send(filter);
      }
      expect(await socket.next()).toBeUndefined();
      expect(socket.closed?.code).toBe(code);
    }
    await expect(open("/events/out", authorization(me))).rejects.toThrow("404");
    await expect(open("/events/in", {})).rejects.toThrow("401");
  });

  it("take events in", async () => {
    const me = await newTenant();
    const socket = await open("/events/in", authorization(me));
    socket.send(event("one"));
    socket.send(event("two"));
    socket.send({ event: "none" });
    expect(await socket.next()).toBeUndefined();
    expect(socket.closed?.code).toBe(1007);
    const { events } = await me.must("POST", "/events/filter", {});
    expect(events.map((one: Body) => one.event).sort()).toEqual(["one", "two"]);
  });
});
