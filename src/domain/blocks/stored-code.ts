import { isJsonObject, type JsonObject } from "../json.ts";

/** prefect-aws's step that downloads a deployment's code. */
const S3_STEP = /^prefect_aws\.deployments\.steps\.pull_from_s3$/;

/** Where a deployment says that its code is. */
export interface CodePlace {
  path: string | null;
  pullSteps: readonly JsonObject[] | null;
}

/**
 * The beginning of the keys of a deployment's code in the tenant's bucket, `""` for all of it; null when its code is elsewhere. With
 * a default storage block it is the deployment's path in it; else a pull step from the bucket names a folder.
 */
export function codePrefix({ path, pullSteps }: CodePlace, hasDefaultStorage: boolean, bucket: string): string | null {
  if (hasDefaultStorage) return folder((path ?? "").replace(`s3://${bucket}/`, ""));
  for (const step of pullSteps ?? []) {
    for (const [name, inputs] of Object.entries(step)) {
      if (!S3_STEP.test(name) || !isJsonObject(inputs) || inputs.bucket !== bucket) continue;
      return folder(typeof inputs.folder === "string" ? inputs.folder : "");
    }
  }
  return null;
}

/** A folder's name as keys begin with it: `./a/b` and `/a/b/` are `a/b/`. */
function folder(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return segments.length === 0 ? "" : `${segments.join("/")}/`;
}
