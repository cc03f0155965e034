import type { Env as WorkerEnv } from "../../src/env.ts";

declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {
      TEST_MIGRATIONS: D1Migration[];
      LEASE_SEED: string;
      LEASE_HISTORIES: string;
    }
  }
}
