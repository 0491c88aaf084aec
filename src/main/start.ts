import { fileURLToPath } from "node:url";
import { assertNode } from "./assert-node.ts";

/** `npm start`: Postgres and Temporal where none are configured, the api and a worker, on this machine. */
assertNode();
const { runLocal } = await import("./run-local.ts");
const pathOf = (module: string): string => fileURLToPath(new URL(module, import.meta.url));

process.exitCode = await runLocal({
  scripts: { api: pathOf("./api.ts"), worker: pathOf("./worker.ts") },
  seed: async (running) => {
    const { seedLocal } = await import("./demo/seed-local.ts");
    return seedLocal(running);
  },
});
