import { InvalidRequest, Refusal } from "../domain/errors.ts";
import { type Json, parseJson } from "../domain/json.ts";
import { nestsDeeper } from "../domain/json-depth.ts";
import { JsonDecodeError, loadJson } from "../domain/parameters/python/json.ts";

/** The largest body a caller may send. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

/** Python's decoder gives up on deeper bodies, and so would SQLite soon after. */
const MAX_DEPTH = 947;

/**
 * The body as JSON; undefined when there is none. A body sent under another media type than JSON stays text, as in FastAPI,
 * and will be refused by its model. Throws InvalidRequest for text that is no JSON, Refusal for one that cannot be read at all
 * (400) or is too large (413).
 */
export async function readJsonBody(request: Request): Promise<Json | undefined> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  if (!isJson(request.headers.get("content-type"))) return new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);
  const text = decode(bytes);
  if (nestsDeeper(text, MAX_DEPTH)) throw unreadable();
  try {
    return parseJson(text);
  } catch {
    throw problemOf(text);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw unreadable();
  }
}

const unreadable = () => new Refusal("badRequest", "There was an error parsing the body");

/** What is wrong with text that is no JSON, in the words of Python's decoder. `NaN` and its like are JSON to Python alone. */
function problemOf(text: string): InvalidRequest | Refusal {
  try {
    loadJson(text);
    return unreadable();
  } catch (error) {
    if (!(error instanceof JsonDecodeError)) throw error;
    const { problem, position, line, column, message } = error;
    const ctx = { msg: problem, doc: text, pos: position, lineno: line, colno: column };
    return new InvalidRequest([{ loc: ["body", position], msg: message, type: "value_error.jsondecode", ctx }], text);
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return refuseRest(request.body.getReader());
  const zipped = /^(x-)?gzip$/i.test(request.headers.get("content-encoding") ?? "");
  const stream = zipped ? request.body.pipeThrough(new DecompressionStream("gzip")) : request.body;
  if (!zipped && request.headers.has("content-length")) return new Uint8Array(await request.arrayBuffer());
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      // Counted after unpacking, so that a small body cannot grow without bound.
      if (size > MAX_BODY_BYTES) return await refuseRest(reader);
      chunks.push(part.value);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal("badRequest", "The body is not valid gzip.");
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** How much more of a body is read before its refusal: a sender who still sends when the connection closes may miss the answer. */
const MAX_REST_BYTES = 32 * 1024 * 1024;

async function refuseRest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<never> {
  let left = MAX_REST_BYTES;
  for (let part = await reader.read(); !part.done && left > 0; part = await reader.read()) left -= part.value.length;
  throw tooLarge();
}

const tooLarge = () => new Refusal("tooLarge", `The body is too large: at most ${MAX_BODY_BYTES} bytes are taken.`);

function isJson(contentType: string | null): boolean {
  if (!contentType) return true;
  return /^application\/(json|[^;\s]*\+json)\s*(;|$)/i.test(contentType.trim());
}
