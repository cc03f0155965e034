/** A text without its middle when it is longer than `length`, unless saying so would take more (Prefect `truncated_to`). */
export function truncatedTo(length: number, text: string): string {
  if (text.length <= length) return text;
  const half = Math.floor(length / 2);
  const shorter = `${text.slice(0, half)}...${text.length - 2 * half} additional characters...${text.slice(-half)}`;
  return shorter.length < text.length ? shorter : text;
}
