import { createHash } from "node:crypto";
import { S3Error } from "./errors.ts";
import { chunkSignature, requireSame, type Seed, sha256Hex, trailerSignature } from "./sigv4.ts";

const MAX_LINE_BYTES = 4096;
const MAX_TRAILERS = 20;

/**
 * The data of an `aws-chunked` body, piece by piece; the headers that follow it go to `trailers`. With a seed each chunk, and the
 * trailers, must carry the signature that goes on from the one before (Amazon S3, "Transferring Payload in Multiple Chunks").
 * Refuses a broken encoding (IncompleteBody) and a wrong signature (SignatureDoesNotMatch).
 */
export async function* dechunk(
  source: AsyncIterable<Uint8Array>,
  seed: Seed | null,
  hasTrailer: boolean,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  const bytes = new Bytes(source);
  let signature = seed?.signature ?? "";
  for (;;) {
    const [, digits, given] = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(await bytes.line()) ?? [];
    if (digits === undefined) throw new S3Error("IncompleteBody");
    const size = Number.parseInt(digits, 16);
    const hash = createHash("sha256");
    for await (const piece of bytes.take(size)) {
      if (seed) hash.update(piece);
      yield piece;
    }
    if (seed) {
      const expected = chunkSignature(seed, signature, hash.digest("hex"));
      requireSame(expected, given ?? "");
      signature = expected;
    }
    if (size === 0) break;
    if ((await bytes.line()) !== "") throw new S3Error("IncompleteBody");
  }
  if (!hasTrailer) return;
  let signed = "";
  let given = "";
  for (let line = await bytes.line(); line !== ""; line = await bytes.line()) {
    const at = line.indexOf(":");
    const [name, value] = [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    if (at < 1 || trailers.size > MAX_TRAILERS) throw new S3Error("IncompleteBody");
    if (name === "x-amz-trailer-signature") {
      given = value;
      continue;
    }
    trailers.set(name, value);
    signed += `${name}:${value}\n`;
  }
  if (seed) requireSame(trailerSignature(seed, signature, signed), given);
}

/** The hash that stands for a body without bytes. */
export const EMPTY_HASH = sha256Hex("");

/** Bytes of a stream, read by line or by number. */
class Bytes {
  private readonly source: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  private async more(): Promise<Uint8Array> {
    const { done, value } = await this.source.next();
    if (done) throw new S3Error("IncompleteBody");
    return value;
  }

  /** A line without its CRLF. */
  async line(): Promise<string> {
    let text = "";
    for (;;) {
      const end = this.rest.indexOf(10);
      const part = this.rest.subarray(0, end < 0 ? this.rest.length : end);
      text += String.fromCharCode(...part.subarray(0, MAX_LINE_BYTES + 1));
      if (text.length > MAX_LINE_BYTES) throw new S3Error("IncompleteBody");
      this.rest = this.rest.subarray(end < 0 ? this.rest.length : end + 1);
      if (end >= 0) break;
      this.rest = await this.more();
    }
    if (!text.endsWith("\r")) throw new S3Error("IncompleteBody");
    return text.slice(0, -1);
  }

  /** The next `size` bytes, in pieces as they come. */
  async *take(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      if (this.rest.length === 0) this.rest = await this.more();
      const piece = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
}
