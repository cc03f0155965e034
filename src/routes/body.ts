import { InvalidRequest, Refusal } from "../domain/errors.ts";
import { type Json, parseJson } from "../domain/json.ts";

/** The largest body a caller may send. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

/**
 * The body as JSON; undefined when there is none. A body sent under another media type than JSON stays text, as in FastAPI,
 * and will be refused by its model. Throws InvalidRequest for text that is no JSON, Refusal (413) for one too large.
 */
export async function readJsonBody(request: Request): Promise<Json | undefined> {
  const text = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(await readBytes(request));
  if (text === "") return undefined;
  if (!isJson(request.headers.get("content-type"))) return text;
  try {
    return parseJson(text);
  } catch (error) {
    throw invalidJson(text, error);
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const zipped = request.headers.get("content-encoding")?.toLowerCase() === "gzip";
  const stream = zipped ? request.body.pipeThrough(new DecompressionStream("gzip")) : request.body;
  if (!zipped && request.headers.has("content-length")) return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      // Counted after unpacking, so that a small body cannot grow without bound.
      if (size > MAX_BODY_BYTES) throw tooLarge();
      chunks.push(chunk);
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

const tooLarge = () => new Refusal("tooLarge", `The body is too large: at most ${MAX_BODY_BYTES} bytes are taken.`);

function isJson(contentType: string | null): boolean {
  if (!contentType) return true;
  return /^application\/(json|[^;\s]*\+json)\s*(;|$)/i.test(contentType.trim());
}

/** The 422 of text that is no JSON: where reading stopped, in the words of Python's decoder as far as they can be known. */
function invalidJson(text: string, error: unknown): InvalidRequest {
  const message = error instanceof Error ? error.message : "";
  const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  const column = position - before.lastIndexOf("\n");
  const msg = "Expecting value";
  return new InvalidRequest([
    {
      loc: ["body", position],
      msg: `${msg}: line ${line} column ${column} (char ${position})`,
      type: "value_error.jsondecode",
      ctx: { msg, doc: text, pos: position, lineno: line, colno: column },
    },
  ]);
}
