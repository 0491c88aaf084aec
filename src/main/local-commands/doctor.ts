import { parseArgs } from "node:util";
import { readConfig } from "#config";
import { checkMachine } from "../doctor/check-machine.ts";
import { checkPostgres } from "../doctor/check-postgres.ts";
import { checkRuntime } from "../doctor/check-runtime.ts";
import { checkSandbox } from "../doctor/check-sandbox.ts";
import { checkTemporal } from "../doctor/check-temporal.ts";
import { findRunning } from "../doctor/find-running.ts";
import { formatFindings, skipped } from "../doctor/finding.ts";
import type { Finding } from "../doctor/finding.ts";
import { runCommand } from "../run-command.ts";

const USAGE = `millrace doctor [--json]

Looks at each part of the installation that the environment describes, or that npm start runs on the data directory,
and prints one line each with what to do. Exit code 1 where something fails.`;

async function examine(): Promise<Finding[]> {
  const config = readConfig();
  const running = await findRunning(config.dataDir);
  const databaseUrl = config.databaseUrl ?? running?.databaseUrl;
  const temporalAddress = config.temporalAddress ?? running?.temporalAddress;
  const whenDown = "embedded, and npm start does not run: start it and look again";
  return [
    ...(await checkRuntime()),
    ...(await checkMachine(config, running)),
    ...(databaseUrl === undefined ? [skipped("postgres", whenDown)] : await checkPostgres(databaseUrl)),
    ...(temporalAddress === undefined
      ? [skipped("temporal", whenDown)]
      : await checkTemporal(config, temporalAddress)),
    ...(await checkSandbox()),
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const findings = await examine();
  console.log(values.json === true ? JSON.stringify(findings, null, 2) : formatFindings(findings));
  return findings.some(({ status }) => status === "fail") ? 1 : 0;
}

await runCommand(main, USAGE);
