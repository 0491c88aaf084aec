import { defineConfig } from "vitest/config";

const shared = {
  pool: "forks" as const,
  execArgv: ["--no-node-snapshot"],
  restoreMocks: true,
  alias: {
    "millrace/testing": new URL("./src/local/testing.ts", import.meta.url).pathname,
    millrace: new URL("./src/sdk/index.ts", import.meta.url).pathname,
  },
};

/** Three kinds of test: no I/O; real Postgres, Temporal and cells; whole processes and a browser. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: ["**/*.integration.test.ts", "**/*.e2e.test.ts", "**/node_modules/**"],
        },
      },
      {
        test: {
          ...shared,
          name: "integration",
          include: ["test/**/*.integration.test.ts"],
          globalSetup: ["test/support/global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...shared,
          name: "e2e",
          include: ["test/e2e/**/*.e2e.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
