import { describe, expect, it } from "vitest";
import {
  accessKeyIdOf,
  DEFAULT_NAME,
  DEFAULT_STORAGE_TYPES,
  defaultStorageData,
  ownSecretPaths,
} from "../../src/domain/blocks/default-storage.ts";
import { codePrefix } from "../../src/domain/blocks/stored-code.ts";
import type { Json } from "../../src/domain/json.ts";

const KEY = "SLWABCDEFGHIJKLMNOPQ";

describe("the default storage blocks", () => {
  const access = { bucket: "b", endpointUrl: "https://x/s3", accessKeyId: KEY, secret: "hidden" };
  const [remote, s3] = [defaultStorageData("remote-file-system", access), defaultStorageData("s3", access)];

  it("lead to the tenant's bucket", () => {
    expect(remote).toEqual({
      basepath: "s3://b/",
      settings: { key: KEY, secret: "hidden", client_kwargs: { endpoint_url: "https://x/s3" } },
    });
    expect(s3).toEqual({ bucket_path: "b", aws_access_key_id: KEY, aws_secret_access_key: "hidden" });
    expect([DEFAULT_NAME, DEFAULT_STORAGE_TYPES, defaultStorageData("gcs", access)]).toEqual([
      "default",
      ["remote-file-system", "s3"],
      null,
    ]);
  });

  it("tell their key, and hide the secret of one of ours", () => {
    expect([remote, s3, { settings: {} }, { settings: { key: 5 } }, {}].map((data) => accessKeyIdOf(data ?? {}))).toEqual([
      KEY,
      KEY,
      null,
      null,
      null,
    ]);
    expect(ownSecretPaths(remote ?? {})).toEqual(["settings.secret"]);
    for (const key of [`x${KEY}`, `${KEY}A`, KEY.slice(0, -1), KEY.toLowerCase(), "SLW0BCDEFGHIJKLMNOPQ", 5])
      expect(ownSecretPaths({ settings: { key } })).toEqual([]);
    for (const data of [{}, { settings: null }, { key: KEY }, s3 ?? {}]) expect(ownSecretPaths(data)).toEqual([]);
  });
});

describe("the code of a deployment", () => {
  const step = (inputs: Json, name = "prefect_aws.deployments.steps.pull_from_s3") => ({ [name]: inputs });

  it.each([
    [null, ""],
    ["", ""],
    ["./", ""],
    ["/a//b/", "a/b/"],
    ["./a/./b", "a/b/"],
    ["s3://b/a", "a/"],
    ["s3://c/a", "s3:/c/a/"],
  ])("lies in the default storage at its path, %s", (path, prefix) => {
    expect(codePrefix({ path, pullSteps: null }, true, "b")).toBe(prefix);
    expect(codePrefix({ path, pullSteps: null }, false, "b")).toBeNull();
  });

  it.each([
    [[step({ bucket: "b", folder: "f/g" })], "f/g/"],
    [[step({ bucket: "b" })], ""],
    [[step({ bucket: "b", folder: 5 })], ""],
    [[step({ bucket: "c", folder: "f" }), step({ bucket: "b", folder: "g" })], "g/"],
    [[{ ...step({ bucket: "b" }, "first"), ...step({ bucket: "b", folder: "h" }) }], "h/"],
    [[step(null), step("b"), step([])], null],
    [
      [
        step({ bucket: "b" }, "xprefect_aws.deployments.steps.pull_from_s3"),
        step({ bucket: "b" }, "prefect_aws.deployments.steps.pull_from_s3x"),
      ],
      null,
    ],
    [[], null],
  ])("is what a pull step names: %j", (pullSteps, prefix) => {
    expect(codePrefix({ path: "p", pullSteps }, false, "b")).toBe(prefix);
  });
});
