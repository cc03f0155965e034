import { defineConfig } from "vitest/config";

/** The pure tests alone, for Stryker: the other projects' plugins start a Worker each. `MUTATION_TESTS` names fewer of them. */
export default defineConfig({
  test: {
    include: process.env.MUTATION_TESTS?.split(" ") ?? ["test/domain/**/*.test.ts", "test/golden/**/*.test.ts"],
    setupFiles: ["./test/mutation/setup.ts"],
    testTimeout: 60_000,
  },
});
