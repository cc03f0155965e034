import { applyD1Migrations, env } from "cloudflare:test";

await applyD1Migrations(env.DB_0, env.TEST_MIGRATIONS);
