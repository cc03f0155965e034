import { CronSyntaxError } from "./types.ts";

const RANDOM = /^([hr])(?:\((\d+)-(\d+)\))?(?:\/(\d+))?$/;

/**
 * Replaces `R`, `R(0-10)`, `R/15` and `R(0-10)/5` by a value or range of the field, as croniter does; other texts are given back.
 * Croniter draws anew at each expansion. Here the text alone decides, so that expanding again gives the same dates.
 * Throws CronSyntaxError for `H…`, which needs a hash id, and for bad ranges.
 */
export function drawRandomField(text: string, index: number, lowest: readonly number[], highest: readonly number[]): string {
  const match = RANDOM.exec(text);
  if (match === null) return text;
  if (match[1] === "h") throw new CronSyntaxError("Hashed definitions must include hash_id");
  const begin = match[2] === undefined ? (lowest[index] ?? 0) : Number(match[2]);
  const end = match[3] === undefined ? (highest[index] ?? 0) : Number(match[3]);
  const divisor = match[4] === undefined ? null : Number(match[4]);
  if ((match[2] !== undefined && begin >= end) || divisor === 0) throw new CronSyntaxError(`Bad expression: ${text}`);
  const value = begin + ((textHash(text) >>> index) % (divisor ?? end - begin + 1));
  return divisor === null ? String(value) : `${value}-${end}/${divisor}`;
}

/** FNV-1a, 32 bits. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
