/** Whether an API version is older than `than`, both "major.minor.patch". Null, the newest, never is. */
export function isOlder(version: string | null, than: string): boolean {
  if (version === null) return false;
  const parts = version.split(".").map(Number);
  const bounds = than.split(".").map(Number);
  for (const [index, bound] of bounds.entries()) {
    const part = parts[index] ?? 0;
    if (part !== bound) return part < bound;
  }
  return false;
}

/** Clients before this version know of no pauses, and their runs carry no marks of them. */
export const PAUSES_SINCE = "0.8.4";

/** Clients before this version expect the server to retry the failed task runs of a retried flow run. */
export const TASK_RETRIES_BY_CLIENT_SINCE = "0.8.3";
