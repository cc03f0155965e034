import { applyD1Migrations, env } from "cloudflare:test";
import { afterAll, expect } from "vitest";
import { scans } from "./statements.ts";

await applyD1Migrations(env.DB_0, env.TEST_MIGRATIONS);

// Cost must grow with the work that is due, never with what is stored: no statement of the Worker may read a whole table.
afterAll(async () => expect(await scans()).toEqual([]));
