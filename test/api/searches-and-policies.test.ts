import { describe, expect, it } from "vitest";
import { type Client, newTenant } from "./tenant.ts";

const FILTER = { object: "flow_run", property: "state", type: "string", operation: "equals", value: ["x", 1, null] };

describe("saved searches", () => {
  it("are saved once a name, read, listed and deleted", async () => {
    const me = await newTenant();
    await me.must("GET", "/hello");
    const made = await me.put("/saved_searches/", { name: "s", filters: [{ ...FILTER, extra: 1 }] });
    expect([made.status, made.body.filters, made.cost.roundTrips]).toEqual([201, [FILTER], 1]);
    const again = await me.put("/saved_searches/", { name: "s" });
    expect([again.status, again.body]).toEqual([200, { ...made.body, filters: [] }]);
    await me.must("PUT", "/saved_searches/", { name: "r" });
    expect((await me.must("POST", "/saved_searches/filter", {})).map(({ name }: { name: string }) => name)).toEqual(["r", "s"]);
    expect((await me.delete(`/saved_searches/${made.body.id}`)).status).toBe(204);
    expect((await me.get(`/saved_searches/${made.body.id}`)).body).toEqual({ detail: "Saved search not found" });
    const { value: _, ...valueless } = FILTER;
    expect(
      (await me.put("/saved_searches/", { name: "s", filters: [valueless, { ...FILTER, value: null }, 5] })).body.exception_detail,
    ).toEqual([
      { loc: ["body", "filters", 0, "value"], msg: "field required", type: "value_error.missing" },
      { loc: ["body", "filters", 2], msg: "value is not a valid dict", type: "type_error.dict" },
    ]);
  });
});

describe("notification policies", () => {
  const PATH = "/flow_run_notification_policies";

  async function newDocument(me: Client): Promise<string> {
    const type = await me.must("POST", "/block_types/", { name: "Kind", slug: "kind" });
    const schema = await me.must("POST", "/block_schemas/", {
      fields: { title: "Kind", type: "object", properties: {} },
      block_type_id: type.id,
    });
    return (await me.must("POST", "/block_documents/", { name: "d", data: {}, block_schema_id: schema.id, block_type_id: type.id })).id;
  }

  it("are made, read, changed, listed and deleted, and go with their document", async () => {
    const me = await newTenant();
    const block_document_id = await newDocument(me);
    const made = await me.post(`${PATH}/`, { state_names: ["Failed"], tags: [], block_document_id, message_template: "{flow_run_name}" });
    expect([made.status, made.body]).toEqual([
      201,
      { ...made.body, is_active: true, state_names: ["Failed"], tags: [], block_document_id, message_template: "{flow_run_name}" },
    ]);
    const one = `${PATH}/${made.body.id}`;
    const listed = async (filter?: unknown) =>
      (await me.must("POST", `${PATH}/filter`, { flow_run_notification_policy_filter: filter })).length;
    expect([await listed(), await listed({}), await listed({ is_active: null }), await listed({ is_active: { eq_: true } })]).toEqual([
      1, 0, 1, 1,
    ]);
    expect((await me.patch(one, { is_active: false, tags: ["t"], message_template: null })).status).toBe(204);
    expect([await listed({}), await me.must("GET", one)]).toMatchObject([
      1,
      { is_active: false, tags: ["t"], message_template: null, state_names: ["Failed"] },
    ]);
    expect((await me.patch(one, { is_active: null })).status).toBe(409);
    await me.must("DELETE", `/block_documents/${block_document_id}`);
    expect((await me.get(one)).body).toEqual({ detail: "flow run notification policy not found" });
    expect((await me.patch(one, {})).body).toEqual({ detail: "Flow run notification policy <built-in function id> not found" });
    expect((await me.delete(one)).status).toBe(404);
  });

  it("refuse unknown documents and bad templates", async () => {
    const me = await newTenant();
    const policy = { state_names: [], tags: [], block_document_id: "00000000-0000-4000-8000-00000000000a" };
    expect((await me.post(`${PATH}/`, policy)).body.detail).toContain("Data integrity conflict.");
    const refused = await me.post(`${PATH}/`, { ...policy, message_template: "{nope}", tags: null });
    expect(refused.body.exception_detail.map(({ msg }: { msg: string }) => msg)).toEqual([
      "none is not an allowed value",
      "Invalid template variable provided: 'nope'",
    ]);
  });
});
