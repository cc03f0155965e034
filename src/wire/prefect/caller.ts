import { z } from "@hono/zod-openapi";
import { callerId } from "../../domain/callers.ts";
import { Refusal } from "../../domain/errors.ts";
import { canonicalUuid } from "../../domain/ids.ts";
import type { Provenance } from "../../domain/provenance.ts";
import type { Caller } from "../../tenancy/context.ts";
import { uuid } from "./model.ts";

/** The API version we speak: that of Prefect 2.20. */
export const API_VERSION = "0.8.4";
const MINIMUM_VERSION = "0.8.0";
const VERSION_HEADER = "x-prefect-api-version";

/** Refuses (400) an unreadable or too old `X-PREFECT-API-VERSION`; none, or an empty one, means the newest. */
export function requireSupportedVersion(headers: Headers): void {
  const given = headers.get(VERSION_HEADER);
  if (!given) return;
  const parts = given.split(".");
  if (parts.length !== 3 || !parts.every((part) => /^\s*[+-]?\d+\s*$/.test(part))) {
    throw new Refusal("badRequest", `Invalid X-PREFECT-API-VERSION header format.Expected header in format 'x.y.z' but received ${given}`);
  }
  if (compareVersions(given, MINIMUM_VERSION) < 0) {
    throw new Refusal(
      "badRequest",
      `The request specified API version ${given} but this server requires version ${MINIMUM_VERSION} or higher.`,
    );
  }
}

/** Negative, zero or positive as version `a` is before, equal to or after `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Who asks, from the request's headers and the key it came with. */
export function callerOf(headers: Headers, { keyId, keyName }: { keyId: string; keyName: string }): Caller {
  const address = headers.get("cf-connecting-ip") ?? "";
  const userAgent = headers.get("user-agent") ?? "";
  return {
    id: callerId({ keyId, keyName, address, userAgent }),
    apiVersion: headers.get(VERSION_HEADER) ?? API_VERSION,
    isPage: headers.get("x-prefect-ui")?.toLowerCase() === "true",
    provenance: provenanceOf(headers),
  };
}

/** What routes that note who made an object refuse of an automation's headers. */
export const ProvenanceHeaders = z.object({ "prefect-automation-id": uuid().optional() });

/** `created_by` from an automation's headers: its id and its name in base64. Unreadable ones are ignored. */
function provenanceOf(headers: Headers): Provenance | null {
  const id = canonicalUuid(headers.get("prefect-automation-id") ?? "");
  const name = headers.get("prefect-automation-name");
  if (!id || name === null) return null;
  try {
    const bytes = Uint8Array.from(atob(name), (c) => c.charCodeAt(0));
    return { id, type: "AUTOMATION", displayValue: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return null;
  }
}
