import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Those that take long and change rarely have a script of their own: npm run test:slow.
    include: [process.env["SLOW"] === undefined ? "test/**/*.test.ts" : "test/**/*.slow.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
