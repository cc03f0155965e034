/** One structured line. Values must be free of secrets: pass ids, counts and error classes, never bodies or keys. */
export function log(level: "info" | "warn" | "error", event: string, fields: Record<string, unknown> = {}): void {
  console[level](JSON.stringify({ level, event, ...fields }));
}
