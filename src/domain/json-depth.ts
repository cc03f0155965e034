const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Whether a JSON text opens more than `limit` lists and objects inside one another. The text need not be well-formed. */
export function nestsDeeper(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let depth = 0;
  let isInText = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (isInText && unit === BACKSLASH) index += 1;
    else if (unit === QUOTE) isInText = !isInText;
    else if (isInText) continue;
    else if (CLOSING.has(unit)) depth -= 1;
    else if (OPENING.has(unit)) {
      depth += 1;
      if (depth > limit) return true;
    }
  }
  return false;
}
