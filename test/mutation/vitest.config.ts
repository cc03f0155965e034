import { defineConfig } from "vitest/config";

/** The pure tests alone, for Stryker: the other projects' plugins start a Worker each. */
export default defineConfig({
  test: {
    include: ["test/domain/**/*.test.ts", "test/golden/**/*.test.ts"],
    setupFiles: ["./test/mutation/setup.ts"],
    testTimeout: 60_000,
  },
});
