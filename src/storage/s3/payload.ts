import { CHECKSUMS, type Checksum, hash } from "./checksums.ts";
import { dechunk } from "./chunks.ts";
import { S3Error, storageFailure } from "./errors.ts";
import type { Seed } from "./sigv4.ts";

const STREAMING = /^STREAMING-(?:AWS4-HMAC-SHA256|UNSIGNED)-PAYLOAD(?:-TRAILER)?$/;
const BUFFER_BYTES = 64 * 1024;
const NO_BYTES = new Uint8Array();
const CHECKSUM_HEADER = "x-amz-checksum-";

/**
 * The body of a request: its length is known beforehand, its bytes pass through as they come, and all that was said of it (hash,
 * chunk signatures, checksums, length) is verified before its last piece is let go. So a reader that needs the whole length, as R2
 * does, never has a body that is not the one signed.
 */
export class Payload {
  /** In bytes, decoded. */
  readonly length: number;
  private readonly body: ReadableStream<Uint8Array> | null;
  private readonly seed: Seed;
  private readonly hashWord: string;
  private readonly headers: Headers;
  private readonly isChecked: boolean;

  /** Refuses a length that is missing or no number, and ways of signing that are not known. `isChecked`: the checksum headers are of this body. */
  constructor(body: ReadableStream<Uint8Array> | null, headers: Headers, hashWord: string, seed: Seed, isChecked: boolean) {
    const isStreaming = hashWord.startsWith("STREAMING-");
    if (isStreaming && (!STREAMING.test(hashWord) || hashWord === "STREAMING-UNSIGNED-PAYLOAD")) throw new S3Error("NotImplemented");
    if (!isStreaming && hashWord !== "UNSIGNED-PAYLOAD" && !/^[0-9a-f]{64}$/.test(hashWord)) {
      throw new S3Error("InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a valid sha256 value.");
    }
    const length = headers.get(isStreaming ? "x-amz-decoded-content-length" : "content-length") ?? (body ? "" : "0");
    if (length === "") throw new S3Error("MissingContentLength");
    if (!/^\d{1,15}$/.test(length)) throw new S3Error("InvalidArgument", "The length of the body is no number.");
    this.length = Number(length);
    this.body = body;
    this.seed = seed;
    this.hashWord = hashWord;
    this.headers = headers;
    this.isChecked = isChecked;
  }

  /**
   * Gives the bytes to `consume`, as a stream of the known length; gives what it gives. A body that is not what was said of it breaks
   * the stream before its last piece and is refused in S3's words; a failure of `consume` itself is one of storage.
   */
  async deliver<T>(consume: (stream: ReadableStream<Uint8Array>) => Promise<T>): Promise<T> {
    // Nothing is held back of a body without bytes: it is verified first.
    if (this.length === 0) await this.text(0);
    const { readable, writable } = new FixedLengthStream(this.length);
    const writer = writable.getWriter();
    writer.closed.catch(() => undefined);
    // A reader that stops early would leave the writer waiting.
    const read = consume(readable).finally(() => writer.abort().catch(() => undefined));
    const [consumed, pumped] = await Promise.allSettled([read, this.length === 0 ? writer.close() : this.pump(writer)]);
    if (pumped.status === "rejected" && pumped.reason instanceof S3Error) throw pumped.reason;
    if (consumed.status === "rejected") throw storageFailure(consumed.reason);
    return consumed.value;
  }

  /** The whole body as text, for small documents. Refuses (MalformedXML) one of more than `limit` bytes. */
  async text(limit: number): Promise<string> {
    if (this.length > limit) throw new S3Error("MalformedXML");
    const decoder = new TextDecoder();
    let text = "";
    for await (const piece of this.verified()) text += decoder.decode(piece, { stream: true });
    return text + decoder.decode();
  }

  private async pump(writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    try {
      let left = this.length;
      let last = NO_BYTES;
      for await (const piece of this.verified()) {
        left -= piece.length;
        if (left > 0) await writer.write(piece);
        else last = piece.slice();
      }
      if (last.length > 0) await writer.write(last);
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => undefined);
      throw error;
    }
  }

  /** The decoded pieces, each good until the next is asked for; throws after the last when they are not what was said. */
  private async *verified(): AsyncGenerator<Uint8Array> {
    const trailers = new Map<string, string>();
    const checks = this.checks(trailers);
    let length = 0;
    for await (const piece of this.decoded(trailers)) {
      length += piece.length;
      if (length > this.length) throw new S3Error("IncompleteBody");
      for (const { checksum } of checks) checksum.update(piece);
      yield piece;
    }
    if (length !== this.length) throw new S3Error("IncompleteBody");
    for (const { checksum, expected, code } of checks) if (checksum.digest() !== expected()) throw new S3Error(code);
  }

  private decoded(trailers: Map<string, string>): AsyncIterable<Uint8Array> {
    const pieces = this.pieces();
    if (!this.hashWord.startsWith("STREAMING-")) return pieces;
    const isSigned = this.hashWord.startsWith("STREAMING-AWS4");
    return dechunk(pieces, isSigned ? this.seed : null, this.hashWord.endsWith("-TRAILER"), trailers);
  }

  /** The body as it comes, all of it through one buffer: pieces of their own are some 4 KB each, and pile up until they are collected. */
  private async *pieces(): AsyncGenerator<Uint8Array> {
    if (!this.body) return;
    const reader = this.body.getReader({ mode: "byob" });
    reader.closed.catch(() => undefined);
    let buffer = new ArrayBuffer(BUFFER_BYTES);
    try {
      for (;;) {
        // The caller went away, or sent less than it said.
        const { done, value } = await reader.read(new Uint8Array(buffer)).catch(() => {
          throw new S3Error("IncompleteBody");
        });
        if (done) return;
        yield value;
        buffer = value.buffer;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  private checks(trailers: Map<string, string>) {
    const checks: { checksum: Checksum; expected: () => string | undefined; code: "BadDigest" | "XAmzContentSHA256Mismatch" }[] = [];
    if (/^[0-9a-f]{64}$/.test(this.hashWord)) {
      const expected = btoa(String.fromCharCode(...(this.hashWord.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))));
      checks.push({ checksum: hash("sha256"), expected: () => expected, code: "XAmzContentSHA256Mismatch" });
    }
    const md5 = this.headers.get("content-md5");
    if (md5 !== null) {
      if (!/^[A-Za-z0-9+/]{22}==$/.test(md5)) throw new S3Error("InvalidDigest");
      checks.push({ checksum: hash("md5"), expected: () => md5, code: "BadDigest" });
    }
    if (!this.isChecked) return checks;
    for (const [name, make] of Object.entries(CHECKSUMS)) {
      const header = CHECKSUM_HEADER + name;
      const given = this.headers.get(header);
      if (given !== null) checks.push({ checksum: make(), expected: () => given, code: "BadDigest" });
      else if (this.trailerNames().includes(header))
        checks.push({ checksum: make(), expected: () => trailers.get(header), code: "BadDigest" });
    }
    return checks;
  }

  private trailerNames(): string[] {
    return (this.headers.get("x-amz-trailer") ?? "").split(",").map((name) => name.trim().toLowerCase());
  }
}
