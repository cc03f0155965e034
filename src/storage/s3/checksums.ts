import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A checksum that is fed piece by piece. */
export interface Checksum {
  update(piece: Uint8Array): void;
  /** In base64, big-endian, as S3's headers have it. */
  digest(): string;
}

/** The checksums that S3 knows, by the end of their header `x-amz-checksum-…`. */
export const CHECKSUMS: Record<string, () => Checksum> = {
  crc32: () => {
    let value = 0;
    return {
      update: (piece) => {
        value = crc32(piece, value);
      },
      digest: () => fourBytes(value),
    };
  },
  crc32c: () => {
    let value = 0xffffffff;
    return {
      update: (piece) => {
        for (const byte of piece) value = (value >>> 8) ^ (CRC32C[(value ^ byte) & 255] ?? 0);
      },
      digest: () => fourBytes((value ^ 0xffffffff) >>> 0),
    };
  },
  crc64nvme: () => {
    let [high, low] = [0xffffffff, 0xffffffff];
    return {
      update: (piece) => {
        for (const byte of piece) {
          const index = (low ^ byte) & 255;
          low = ((low >>> 8) | (high << 24)) ^ (CRC64_LOW[index] ?? 0);
          high = (high >>> 8) ^ (CRC64_HIGH[index] ?? 0);
        }
      },
      digest: () => btoa(bytes(~high).concat(bytes(~low))),
    };
  },
  sha1: () => hash("sha1"),
  sha256: () => hash("sha256"),
};

/** An MD5, SHA-1 or SHA-256, fed piece by piece. */
export function hash(algorithm: "md5" | "sha1" | "sha256"): Checksum {
  const state = createHash(algorithm);
  return { update: (piece) => void state.update(piece), digest: () => state.digest("base64") };
}

const bytes = (word: number) => String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
const fourBytes = (word: number) => btoa(bytes(word));

/** RFC 3720's CRC32C, reflected. */
const CRC32C = Uint32Array.from({ length: 256 }, (_, index) => {
  let word = index;
  for (let bit = 0; bit < 8; bit += 1) word = word & 1 ? (word >>> 1) ^ 0x82f63b78 : word >>> 1;
  return word;
});

/** CRC-64/NVME, reflected, in two halves: a number holds 53 bits only. */
const CRC64 = Array.from({ length: 256 }, (_, index) => {
  let word = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) word = word & 1n ? (word >> 1n) ^ 0x9a6c9329ac4bc9b5n : word >> 1n;
  return word;
});
const CRC64_LOW = Uint32Array.from(CRC64, (word) => Number(word & 0xffffffffn));
const CRC64_HIGH = Uint32Array.from(CRC64, (word) => Number(word >> 32n));
