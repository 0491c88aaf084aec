import { fileURLToPath } from "node:url";
import { assertNode } from "./assert-node.ts";

/** `npm start`: Postgres and Temporal where none are configured, the api, a worker and the demo, on this machine. */
assertNode();
const { runLocal } = await import("./run-local.ts");
const pathOf = (module: string): string => fileURLToPath(new URL(module, import.meta.url));

process.exitCode = await runLocal({
  scripts: { api: pathOf("./api.ts"), worker: pathOf("./worker.ts") },
  prepare: async (options) => (await import("./prepare-installation.ts")).prepareInstallation(options),
});
