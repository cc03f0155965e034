import { expect, test } from "vitest";
import { blockSchemaChecksum, blockSchemaChecksumText } from "../../src/domain/blocks/checksum.ts";
import { type JsonObject, parseJson } from "../../src/domain/json.ts";
import { loadJson } from "../../src/domain/parameters/python/json.ts";
import { readVectorsText } from "./vectors.ts";

interface ChecksumCase {
  group: string;
  name: string;
  fields: JsonObject;
  checksum: string;
  hashed_text?: string;
  fields_json?: string;
}

// The file was written by Python, which has a word for infinity.
const { cases } = loadJson(readVectorsText("checksums")) as unknown as { cases: ChecksumCase[] };

test.each(cases)("$group: $name", async ({ fields, fields_json: source, checksum, hashed_text: text }) => {
  const given = source === undefined ? fields : (parseJson(source) as JsonObject);
  if (text !== undefined) expect(blockSchemaChecksumText(given)).toBe(text);
  expect(await blockSchemaChecksum(given)).toBe(checksum);
});
