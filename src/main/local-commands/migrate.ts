import { readConfig, requireConfig } from "#config";
import { migrate } from "#db/migrate.ts";
import { findRunning } from "../doctor/find-running.ts";
import { explain } from "../run-local.ts";

/** `millrace migrate`: brings a database to this release, before its processes are started. npm start does it itself. */
async function main(): Promise<void> {
  const config = readConfig();
  const running = await findRunning(config.dataDir);
  const databaseUrl =
    config.databaseUrl ?? running?.databaseUrl ?? requireConfig(config, ["databaseUrl"]).databaseUrl;
  const applied = await migrate(databaseUrl);
  console.log(applied.length === 0 ? "The database is up to date." : `Applied ${applied.join(", ")}.`);
}

try {
  await main();
} catch (error) {
  console.error(`millrace: ${explain(error)}`);
  process.exitCode = 1;
}
