import { parseArgs } from "node:util";
import { readConfig } from "#config";
import { EngineError } from "#contract/errors.ts";
import type { Json } from "#contract/json.ts";
import { permissionManifestSchema } from "#contract/permissions.ts";
import { type FileReport, runFile } from "#sandbox/host/run-file.ts";
import { openEgress } from "../open-egress.ts";
import { explain } from "../run-local.ts";

/**
 * `millrace sandbox run <file>`: runs a file's default export as one step in a real cell. Exit code 0 for `ok`, 3 for
 * any other contained outcome, 2 for a call that cannot be understood, 1 where there was nothing to run.
 */
const USAGE = `Usage: millrace sandbox run <file> [--input JSON] [--permissions JSON] [--json]

  --input        what the function finds as \`input\` in its context (default null)
  --permissions  the manifest: '{"net":["api.example.com:443"]}' (default: nothing is allowed)
  --json         the whole report on one line

Exit code: 0 ok, 3 any other contained outcome, 2 usage, 1 nothing was run.`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      input: { type: "string", default: "null" },
      permissions: { type: "string", default: "{}" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [verb, file] = positionals;
  if (values.help || verb !== "run" || file === undefined) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const permissions = permissionManifestSchema.safeParse(parseJson("--permissions", values.permissions));
  if (!permissions.success)
    throw usageError(`--permissions: ${permissions.error.issues.map(({ message }) => message).join("; ")}`);
  const egress = await openEgress(readConfig().egress);
  try {
    const report = await runFile({
      file,
      input: parseJson("--input", values.input),
      permissions: permissions.data,
      fetch: egress.fetch,
      signal: AbortSignal.timeout(120_000),
    });
    console.log(values.json ? JSON.stringify(report) : describe(report));
    return report.outcome === "ok" ? 0 : 3;
  } finally {
    await egress.stop();
  }
}

function parseJson(option: string, text: string): Json {
  try {
    return JSON.parse(text) as Json; // whatever JSON.parse returns is JSON
  } catch (error) {
    throw usageError(`${option} must be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function usageError(message: string): EngineError {
  return new EngineError("request/invalid", message);
}

function describe(report: FileReport): string {
  const { outcome, error, outputJson, logs, audit } = report;
  return [
    `outcome   ${outcome}${error === undefined ? "" : `: ${error.name}: ${error.message}`}`,
    ...(error?.stack === undefined ? [] : [error.stack]),
    ...(outputJson === undefined ? [] : [`output    ${outputJson}`]),
    `duration  ${report.durationMs.toFixed(1)} ms, cpu ${report.cpuMs.toFixed(1)} ms, peak memory ${report.peakMemoryMb.toFixed(1)} MB`,
    ...logs.map((line) => `log       ${line.severity} ${line.message}`),
    ...audit.map(
      (access) =>
        `access    ${access.granted ? "granted" : "denied"} ${access.permission} ${access.value}${access.reason === undefined ? "" : ` (${access.reason})`}`,
    ),
  ].join("\n");
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`millrace: ${explain(error)}`);
  const isUsage =
    error instanceof Error &&
    "code" in error &&
    /^(ERR_PARSE_ARGS|request\/invalid)/.test(String(error.code));
  process.exitCode = isUsage ? 2 : 1;
}
