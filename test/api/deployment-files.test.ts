import { describe, expect, it } from "vitest";
import { newKeys, s3 } from "./s3-client.ts";
import { newTenant } from "./tenant.ts";

describe("a deployment's files", () => {
  it("are those below its path in the default storage, by page", async () => {
    const me = await newTenant();
    const keys = await newKeys(me);
    for (const name of ["a/1", "a/2", "a/b/3", "ab", "z"]) await s3(keys, { method: "PUT", path: `/slipway/${name}`, body: name });
    const flow = await me.must("POST", "/flows/", { name: "f" });
    const storage = await me.must("GET", "/block_types/slug/remote-file-system/block_documents/name/default");
    let count = 0;
    const filesOf = async (deployment: object, query = "") => {
      count += 1;
      const { id } = await me.must("POST", "/deployments/", { name: `d${count}`, flow_id: flow.id, ...deployment });
      const answer = await me.get(`/deployments/${id}/files${query}`);
      expect(answer.status).toBe(200);
      expect(answer.cost.roundTrips).toBeLessThanOrEqual(2);
      return answer.body;
    };
    const namesOf = async (deployment: object) => (await filesOf(deployment)).files.map(({ name }: { name: string }) => name);
    const all = ["a/1", "a/2", "a/b/3", "ab", "z"];
    expect(await namesOf({ storage_document_id: storage.id, path: "a" })).toEqual(["a/1", "a/2", "a/b/3"]);
    expect(await namesOf({ storage_document_id: storage.id, path: "./a/b/" })).toEqual(["a/b/3"]);
    expect(await namesOf({ storage_document_id: storage.id })).toEqual(all);
    expect(await namesOf({ path: "/a" })).toEqual([]);
    const step = (bucket: string) => [{ "prefect_aws.deployments.steps.pull_from_s3": { bucket, folder: "a/b" } }];
    expect(await namesOf({ pull_steps: step("slipway") })).toEqual(["a/b/3"]);
    expect(await namesOf({ pull_steps: step("other") })).toEqual([]);

    const first = await filesOf({ storage_document_id: storage.id }, "?limit=2");
    expect([first.files.map(({ size }: { size: number }) => size), first.next]).toEqual([[3, 3], "a/2"]);
    expect(Date.now() - Date.parse(first.files[0].modified)).toBeLessThan(60_000);
    const second = await filesOf({ storage_document_id: storage.id }, "?after=a%2F2");
    expect([second.files.map(({ name }: { name: string }) => name), second.next]).toEqual([["a/b/3", "ab", "z"], null]);
    expect((await me.get(`/deployments/${crypto.randomUUID()}/files`)).status).toBe(404);
    expect((await (await newTenant()).get(`/deployments/${crypto.randomUUID()}/files?limit=1001`)).status).toBe(422);
  });
});
