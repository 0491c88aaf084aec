import { defineConfig } from "vitest/config";
export default defineConfig({ test: { pool: "forks", execArgv: ["--no-node-snapshot"], include: ["test/sandbox/**/*.test.ts"], testTimeout: 60000, hookTimeout: 60000, maxWorkers: 1, alias: { millrace: new URL("./src/sdk/index.ts", import.meta.url).pathname } } });
