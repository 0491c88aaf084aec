import type { Logger } from "pino";
import {
  CONFIG_FUNCTIONS,
  type ConfigFunction,
  parseCheckAnswer,
  parseChoices,
} from "#contract/config-functions.ts";
import { createId } from "#contract/create-id.ts";
import { effectivePermissions, type PermissionPolicy } from "#contract/effective-permissions.ts";
import { EngineError } from "#contract/errors.ts";
import type { JsonObject } from "#contract/json.ts";
import { LIMITS } from "#contract/limits.ts";
import type { RequestInput, RequestResult } from "#contract/requests.ts";
import type { Sandbox, SandboxError, SandboxSession, StepReport } from "#contract/sandbox.ts";
import type { Db } from "#db/connect.ts";
import { findBundle } from "#db/flow-code.ts";
import { findVersion, type VersionRow } from "#db/versions.ts";

/**
 * Runs authors' functions of config variables, as steps of no execution: in a cell of the integration's trust domain,
 * under what the instance was granted, without state. Their time is counted from the call, waiting for a cell included.
 * There is no execution that their accesses could be told of with: they are in the worker's log.
 */
export interface ConfigFunctionDependencies {
  db: Db;
  sandbox: Pick<Sandbox, "openSession">;
  /** The operator's, as it is now. */
  policy: () => PermissionPolicy;
  now(): number;
  log: Pick<Logger, "info">;
}

interface Call<Input> {
  organizationId: string;
  input: Input;
  signal: AbortSignal;
}

/** @throws EngineError `step/config-failed` with the author's error, `request/not-found`, `engine/crashed` */
export async function fetchConfigOptions(
  deps: ConfigFunctionDependencies,
  { organizationId, input, signal }: Call<RequestInput<"fetch-config-options">>,
): Promise<RequestResult<"fetch-config-options">> {
  const { variable } = input;
  const run = await openRun(deps, { organizationId, call: input, function: "options", signal });
  try {
    const parsed = parseChoices(await run.answer(variable));
    if ("choices" in parsed) return parsed;
    throw failed("options", variable, `what it returned is no list of choices: ${parsed.problem}`);
  } finally {
    run.close();
  }
}

/** @throws EngineError as `fetchConfigOptions`; a value that is refused is a result */
export async function checkConfig(
  deps: ConfigFunctionDependencies,
  { organizationId, input, signal }: Call<RequestInput<"check-config">>,
): Promise<RequestResult<"check-config">> {
  const run = await openRun(deps, { organizationId, call: input, function: "check", signal });
  try {
    const refused: { variable: string; message: string }[] = [];
    for (const variable of input.variables) {
      const message = parseCheckAnswer(await run.answer(variable));
      if (message === null)
        throw failed("check", variable, "it returned neither true nor what is wrong with the value");
      if (message !== undefined) refused.push({ variable, message });
    }
    return { refused };
  } finally {
    run.close();
  }
}

interface Opening {
  organizationId: string;
  call: Pick<RequestInput<"check-config">, "instanceId" | "versionId" | "customerId" | "config" | "grants">;
  function: ConfigFunction;
  signal: AbortSignal;
}

interface Run {
  /** JSON text of what the variable's function returned. */
  answer(variable: string): Promise<string>;
  close(): void;
}

async function openRun(deps: ConfigFunctionDependencies, opening: Opening): Promise<Run> {
  const endsAtMs = deps.now() + LIMITS.configFunctionMs;
  const version = await getVersion(deps.db, opening);
  const session = openSession(deps, opening, version);
  const ofTime = AbortSignal.timeout(LIMITS.configFunctionMs);
  const signal = AbortSignal.any([opening.signal, ofTime]);
  return {
    async answer(variable) {
      const request = {
        path: variable,
        stepKey: variable,
        attempt: 1,
        timeoutMs: Math.max(1, endsAtMs - deps.now()),
        idempotencyKey: createId(),
      };
      const report = await session.runStep(request, signal);
      logAccesses(deps, { ...opening, variable, report });
      return outputOf(report, { function: opening.function, variable, isLate: ofTime.aborted });
    },
    close: () => session.close(),
  };
}

function logAccesses(
  { log }: ConfigFunctionDependencies,
  {
    organizationId,
    call,
    function: which,
    variable,
    report,
  }: Opening & { variable: string; report: StepReport },
): void {
  const { accesses, accessesDropped } = report;
  if (accesses.length === 0) return;
  const { instanceId, versionId } = call;
  const about = { organizationId, instanceId, versionId, variable, function: which };
  log.info({ ...about, accesses, accessesDropped }, "a function of a config variable asked for the network");
}

async function getVersion(db: Db, { organizationId, call }: Opening): Promise<VersionRow> {
  const version = await findVersion(db, organizationId, call.versionId);
  if (version !== undefined) return version;
  throw new EngineError("request/not-found", `There is no version ${call.versionId}`);
}

function openSession(
  { db, sandbox, policy, now }: ConfigFunctionDependencies,
  { organizationId, call, function: which }: Opening,
  { definition, integrationId, bundleSha256: sha256 }: VersionRow,
): SandboxSession {
  const { customerId, config, grants } = call;
  const manifest = definition.permissions;
  return sandbox.openSession(
    {
      domain: {
        organizationId,
        integrationId,
        ...(definition.isolation === "customer" && { customerId }),
      },
      bundle: { sha256, load: () => loadBundle(db, organizationId, sha256) },
      executionId: createId(),
      flowKey: CONFIG_FUNCTIONS[which],
      permissions: effectivePermissions({ manifest, grant: grants, step: undefined, policy: policy() }),
    },
    { trigger: triggerOf(config, now()), configJson: JSON.stringify(config), outputs: () => new Map() },
  );
}

async function loadBundle(db: Db, organizationId: string, sha256: string) {
  const bundle = await findBundle(db, organizationId, sha256);
  if (bundle === undefined) throw new EngineError("engine/internal", `Bundle ${sha256} is missing`);
  return bundle;
}

function triggerOf(config: JsonObject, receivedAtMs: number) {
  const headers: [string, string][] = [["content-type", "application/json"]];
  const body = { encoding: "utf8" as const, data: JSON.stringify(config) }; // as const: not any text
  return { kind: "config", method: "POST", path: "", query: "", headers, body, receivedAtMs };
}

interface Called {
  function: ConfigFunction;
  variable: string;
  isLate: boolean;
}

function outputOf({ outcome, outputJson, error }: StepReport, called: Called): string {
  if (outcome === "ok") return outputJson ?? "null";
  const { function: which, variable } = called;
  if (called.isLate || error?.name === "TimedOut")
    throw failed(which, variable, `it took longer than ${LIMITS.configFunctionMs} ms`);
  if (outcome === "cancelled" || outcome === "crashed")
    throw new EngineError(
      "engine/crashed",
      `${nameOf(which)} of config variable "${variable}" was stopped (${outcome}); try again`,
    );
  throw failed(which, variable, error === undefined ? outcome : describeError(error));
}

/** Name, message, and where in the author's source. */
function describeError({ name, message, stack }: SandboxError): string {
  const place = FRAME.exec(stack ?? "")?.[1];
  return `${name}: ${message}${place === undefined ? "" : ` (${place})`}`;
}
const FRAME = /^\s+at (?:.*? \()?([^\s()]+:\d+:\d+)\)?$/m;

function failed(which: ConfigFunction, variable: string, why: string): EngineError {
  return new EngineError(
    "step/config-failed",
    `${nameOf(which)} of config variable "${variable}" failed: ${why}`,
    { field: variable },
  );
}

function nameOf(which: ConfigFunction): string {
  return which === "options" ? "The function for the options" : "The check";
}
