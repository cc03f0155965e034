import { Refusal } from "../../domain/errors.ts";

/**
 * Clears, drops or creates the service's database: never, since it holds every tenant's objects. Refuses 403, but for creating,
 * which has nothing to do.
 */
export function changeDatabase(change: "clear" | "drop" | "create"): void {
  if (change === "create") return;
  throw new Refusal(
    "forbidden",
    `This service's database holds the objects of many tenants: nobody can ${change} it here. Delete objects of your own instead.`,
  );
}
