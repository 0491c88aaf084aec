import { parseArgs } from "node:util";
import Table from "cli-table3";
import { pino } from "pino";
import { type Config, readConfig, requireConfig } from "#config";
import { connect } from "#db/connect.ts";
import { reconcileAll, type ReconcileSummary } from "#engine/reconcile-all.ts";
import { findRunning } from "../doctor/find-running.ts";
import { openTemporal } from "../open-temporal.ts";
import { runCommand } from "../run-command.ts";

const USAGE = `millrace reconcile [--dry-run] [--json]

Compares the executions in Postgres with their workflows in Temporal, mends what differs, and prints what it found and
did. Workers do the same all the time, in small steps. Ctrl-C is safe at any moment.
  --dry-run   finds and tells, changes nothing
  --json      one JSON document in place of the table
Exit code 1 where something differs that was not mended.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const summary = await reconcile(readConfig(), values["dry-run"]);
  console.log(values.json ? JSON.stringify(summary, null, 2) : format(summary));
  return summary.findings.some(({ did }) => did === "nothing") ? 1 : 0;
}

async function reconcile(config: Config, dryRun: boolean): Promise<ReconcileSummary> {
  const running = await findRunning(config.dataDir);
  const databaseUrl =
    config.databaseUrl ?? running?.databaseUrl ?? requireConfig(config, ["databaseUrl"]).databaseUrl;
  const log = pino({ level: "error" }, pino.destination(2));
  const temporal = await openTemporal({ config, running, command: "reconcile", log });
  const connection = connect({
    databaseUrl,
    maxConnections: 4,
    applicationName: "millrace-reconcile",
    onError: (error) => log.error({ err: error }, "a connection to Postgres was lost"),
  });
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort(new Error("stopped by Ctrl-C")));
  try {
    return await reconcileAll(
      { db: connection.db, client: temporal.client },
      { dryRun, signal: stopping.signal },
    );
  } finally {
    await connection.close();
    await temporal.close();
  }
}

function format({ compared, running, searched, findings }: ReconcileSummary): string {
  const head = `Compared ${compared} started executions with Temporal: ${running} run. Looked for the queue rows of ${searched} recent executions.`;
  if (findings.length === 0) return `${head}\nNothing differs.`;
  const table = new Table({
    head: ["execution", "found", "did", "detail"],
    style: { head: [] },
    wordWrap: true,
  });
  for (const { executionId, found, did, detail } of findings) table.push([executionId, found, did, detail]);
  return `${head}\n${table.toString()}`;
}

await runCommand(main, USAGE);
