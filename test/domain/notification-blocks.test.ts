import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Json, type JsonObject, parseJson } from "../../src/domain/json.ts";
import { blockRequests } from "../../src/domain/notifications/block-requests.ts";
import { Unsendable } from "../../src/domain/notifications/request.ts";

interface Told {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Json;
}

/** The requests that Prefect's blocks make, made by `vectors/notifications.py`; a text where they make none. */
interface Vectors {
  subject: string;
  body: string;
  sent: [slug: string, data: JsonObject, requests: Told[] | { error: string }][];
}
const { subject, body, sent }: Vectors = JSON.parse(readFileSync(join(import.meta.dirname, "vectors/notifications.json"), "utf8"));

/** A body as it is read: JSON or a form. */
function read(text: string | null, type: string | undefined): Json {
  if (text === null) return null;
  return type === "application/json" ? parseJson(text) : Object.fromEntries(new URLSearchParams(text));
}

/** What is accepted is not compared: the libraries differ in what they say by themselves. */
const withoutAccept = ({ accept: _, ...headers }: Readonly<Record<string, string>>) => headers;

test.each(sent)("%s with %j", (slug, data, expected) => {
  if ("error" in expected) {
    expect(() => blockRequests(slug, data, { subject, body })).toThrow(Unsendable);
    return;
  }
  const requests = blockRequests(slug, data, { subject, body }).map((request) => ({
    ...{ method: request.method, url: request.url, headers: withoutAccept(request.headers) },
    body: read(request.body, request.headers["content-type"]),
  }));
  expect(requests).toEqual(expected);
});
