import { defineConfig } from "vitest/config";

/** Suites that take long or want more of the machine have scripts of their own: test:slow and test:cluster. */
const suites = {
  quick: { include: ["test/**/*.test.ts"], maxWorkers: 2 },
  slow: { include: ["test/**/*.slow.ts"], maxWorkers: 2 },
  // One after the other: each file has a control plane of its own.
  cluster: {
    include: ["test/cluster/**/*.cluster.ts"],
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    globalSetup: "test/cluster/support/programs-setup.ts",
  },
};

function suite(): keyof typeof suites {
  if (process.env["CLUSTER"] !== undefined) return "cluster";
  return process.env["SLOW"] === undefined ? "quick" : "slow";
}

export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 120_000, ...suites[suite()] } });
