import path from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

// Traces of every local D1 call would be written to disk otherwise, at four times the cost of the call.
Object.assign(process.env, {
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
});

const workerd = (overrides: Record<string, string>) =>
  cloudflareTest(async () => ({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: {
      cf: false,
      bindings: {
        TEST_MIGRATIONS: await readD1Migrations(path.join(import.meta.dirname, "migrations")),
        ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
        // Repeats what test/api/lease-model.test.ts printed, or plays more of it.
        LEASE_SEED: process.env.LEASE_SEED ?? "",
        LEASE_HISTORIES: process.env.LEASE_HISTORIES ?? "",
        ...overrides,
      },
    },
  }));

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      // Pure code and repository checks: plain Node.
      {
        test: {
          name: "node",
          include: ["test/domain/**/*.test.ts", "test/golden/**/*.test.ts", "test/checks/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      // Everything through the API on workerd, D1, Durable Objects and R2.
      {
        plugins: [workerd({ LEASE_SECONDS: "15", BACKGROUND_WORK: "on" })],
        test: { name: "workerd", include: ["test/api/**/*.test.ts"], setupFiles: ["./test/api/setup.ts"], testTimeout: 60_000 },
      },
      // The same while nothing happens by itself: tests that hold a run in a state whose time has passed.
      {
        plugins: [workerd({ LEASE_SECONDS: "0", BACKGROUND_WORK: "off" })],
        test: { name: "workerd-quiet", include: ["test/quiet/**/*.test.ts"], setupFiles: ["./test/api/setup.ts"], testTimeout: 60_000 },
      },
      // The same with what is off by default.
      {
        plugins: [workerd({ LEASE_SECONDS: "15", BACKGROUND_WORK: "on", EVENTS: "on" })],
        test: {
          name: "workerd-events",
          include: ["test/events/**/*.test.ts"],
          setupFiles: ["./test/api/setup.ts"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
