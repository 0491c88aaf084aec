import { appendFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { readConfig } from "#config";
import { auditLine } from "#contract/audit-line.ts";
import { effectivePermissions } from "#contract/effective-permissions.ts";
import { EngineError } from "#contract/errors.ts";
import type { Json } from "#contract/json.ts";
import { unreadableRules } from "#contract/permission-problems.ts";
import { type PermissionManifest, permissionManifestSchema } from "#contract/permissions.ts";
import { FILE_STEP } from "#sandbox/host/bundle-file.ts";
import { type FileReport, runFile } from "#sandbox/host/run-file.ts";
import { openEgress } from "../open-egress.ts";
import { openPolicy } from "../open-policy.ts";
import { explain } from "../run-local.ts";
import { verifySandbox } from "../verify-sandbox.ts";

/**
 * `millrace sandbox run <file>`: runs a file's default export as one step in a real cell. Exit code 0 for `ok`, 3 for
 * any other contained outcome, 2 for a call that cannot be understood, 1 where there was nothing to run.
 * `millrace sandbox verify`: runs the hostile programs of sandbox/hostile; 0 where all were contained, else 1.
 */
const USAGE = `Usage: millrace sandbox run <file> [--input JSON] [--permissions JSON] [--audit FILE] [--json]
       millrace sandbox verify [--family NAME]... [--json]

  --input        what the function finds as \`input\` in its context (default null)
  --permissions  the manifest: '{"net":["api.example.com:443"]}' (default: nothing is allowed)
                 MILLRACE_POLICY_FILE, where it is set, narrows it
  --audit        appends each access to FILE, as Deno's DENO_AUDIT_PERMISSIONS does
  --family       only the hostile programs of this family; may be given several times
  --json         the whole report on one line

run     runs one file's default export as a step. Exit code: 0 ok, 3 any other contained outcome, 2 usage, 1 nothing was run.
verify  runs some 520 hostile programs in real cells on this machine, which takes some minutes and most of a core. Exit
        code: 0 where every one was contained and the others went on undisturbed, 1 otherwise.`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      input: { type: "string", default: "null" },
      permissions: { type: "string", default: "{}" },
      audit: { type: "string" },
      json: { type: "boolean", default: false },
      family: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [verb, file] = positionals;
  if (verb === "verify" && !values.help && file === undefined) {
    const print = (line: string): void => console.log(line);
    return (await verifySandbox({ families: values.family, json: values.json, print })) ? 0 : 1;
  }
  if (values.help || verb !== "run" || file === undefined) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const config = readConfig();
  const permissions = await underPolicy(parsePermissions(values.permissions), config.policyFile);
  const egress = await openEgress(config.egress);
  try {
    const report = await runFile({
      file,
      input: parseJson("--input", values.input),
      permissions,
      fetch: egress.fetch,
      signal: AbortSignal.timeout(120_000),
    });
    if (values.audit !== undefined) await appendAudit(values.audit, report);
    console.log(values.json ? JSON.stringify(report) : describe(report));
    return report.outcome === "ok" ? 0 : 3;
  } finally {
    await egress.stop();
  }
}

function parsePermissions(text: string): PermissionManifest {
  const parsed = permissionManifestSchema.safeParse(parseJson("--permissions", text));
  if (!parsed.success)
    throw usageError(`--permissions: ${parsed.error.issues.map(({ message }) => message).join("; ")}`);
  const [problem] = unreadableRules(parsed.data, "--permissions");
  if (problem !== undefined) throw usageError(`${problem.path}: ${problem.message}`);
  return parsed.data;
}

/** Whoever calls this is the operator: without a policy, what they give is given, `true` too. */
async function underPolicy(
  manifest: PermissionManifest,
  file: string | undefined,
): Promise<PermissionManifest> {
  if (file === undefined) return manifest;
  const policy = await openPolicy({ file, log: { info() {}, error() {} } });
  return effectivePermissions({ manifest, grant: manifest, step: undefined, policy: policy.current() });
}

async function appendAudit(file: string, { audit }: FileReport): Promise<void> {
  await appendFile(file, audit.map((record) => `${auditLine(record, { step: FILE_STEP })}\n`).join(""));
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
    ...(report.auditDropped === 0 ? [] : [`access    ${report.auditDropped} more`]),
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
