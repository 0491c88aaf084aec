import { randomUUID } from "node:crypto";
import type { Definition, FlowDefinition } from "#contract/definition.ts";
import { effectivePermissions, type PermissionPolicy } from "#contract/effective-permissions.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import { EngineError, type ErrorCode } from "#contract/errors.ts";
import type { GuestTrigger, SandboxLogLine } from "#contract/sandbox.ts";
import { faultOf } from "#contract/step-failure.ts";
import { CALLS_URL, type RunResult, STATE_URL, type StepHeader } from "#sandbox/protocol.ts";
import { StepCalls } from "#contract/flow-calls.ts";
import { LIMITS } from "#contract/limits.ts";
import type { IntegrationBundle } from "./bundle-integration.ts";
import { guestCode } from "./guest-code.ts";
import { fetchLocally, type LocalFetch, type SeenRequest } from "./local-fetch.ts";
import { answerAsHost, LocalState } from "./local-state.ts";
import { createScope } from "./scope.ts";
import { createSourcePlaces } from "./source-places.ts";

export interface LocalRunOptions {
  bundle: IntegrationBundle;
  definition: Definition;
  flowKey: string;
  trigger: GuestTrigger;
  /** By key, as the instance has them. */
  config: object;
  fetch: LocalFetch;
  /** Empty, and gone after the run, where it is left out. */
  state?: LocalState;
  /** Outputs that are taken as they are: their steps do not run. */
  outputs?: ReadonlyMap<string, string>;
  executionId?: string;
  /** Of the script that a debugger shows. */
  scriptName?: string;
  /** No limit of time: somebody looks at each line. */
  isDebugged?: boolean;
  onStep?(step: LocalStep): void;
  onLog?(line: LocalLogLine): void;
}

export interface LocalLogLine extends SandboxLogLine {
  step: string;
}

/** What a step came to, after its last try. */
export interface LocalStep {
  key: string;
  /** Tries; 0 where its output was given. */
  attempts: number;
  /** JSON text; only where it succeeded. */
  outputJson?: string;
  error?: LocalError;
  durationMs: number;
}

export interface LocalError {
  code: ErrorCode;
  name: string;
  message: string;
  /** With places of the source. */
  stack: string;
  step: string;
}

export interface LocalReport {
  state: "succeeded" | "failed";
  steps: LocalStep[];
  logs: LocalLogLine[];
  requests: SeenRequest[];
  /** Flows that steps which succeeded have started, in order. They do not run. */
  started: StartedFlow[];
  error?: LocalError;
}

export interface StartedFlow {
  flow: string;
  payload: unknown;
  /** That started it. */
  step: string;
}

/**
 * Runs a flow's steps in order, each try in a fresh scope. A step's retry policy is followed without its delays; the
 * flow's own retry is not.
 *
 * @throws EngineError `request/not-found` for a flow that the integration does not have
 */
export async function runFlow(options: LocalRunOptions): Promise<LocalReport> {
  const flow = options.definition.flows.find(({ key }) => key === options.flowKey);
  if (flow === undefined) throw noSuchFlow(options);
  const report: LocalReport = { state: "succeeded", steps: [], logs: [], requests: [], started: [] };
  const outputs = new Map<string, string>();
  const state = options.state ?? new LocalState();
  for (const step of flow.steps) {
    const given = options.outputs?.get(step.key);
    const done: LocalStep =
      given === undefined
        ? await runStep(options, { step, outputs, report, state })
        : { key: step.key, attempts: 0, outputJson: given, durationMs: 0 };
    report.steps.push(done);
    options.onStep?.(done);
    if (done.error !== undefined) return { ...report, state: "failed", error: done.error };
    outputs.set(step.key, done.outputJson ?? "null");
  }
  return report;
}

interface Running {
  step: FlowDefinition["steps"][number];
  outputs: ReadonlyMap<string, string>;
  report: LocalReport;
  state: LocalState;
}

async function runStep(options: LocalRunOptions, running: Running): Promise<LocalStep> {
  const { key, retry } = running.step;
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    const result = await tryStep(options, running, attempt);
    const ended = { key, attempts: attempt, durationMs: performance.now() - startedAt };
    if (result.outcome === "ok") return { ...ended, outputJson: result.output ?? "null" };
    const { code, retryable } = faultOf(result.outcome, result.error);
    if (!retryable || attempt >= retry.maxAttempts) {
      const { name = "Error", message = result.outcome, stack = "" } = result.error ?? {};
      const mapped = createSourcePlaces(options.bundle.sourceMap).mapStack(stack);
      return { ...ended, error: { code, name, message, stack: mapped, step: key } };
    }
  }
}

async function tryStep(
  options: LocalRunOptions,
  { step, outputs, report, state }: Running,
  attempt: number,
): Promise<RunResult> {
  const { bundle, definition, scriptName } = options;
  const scope = createScope({
    guestCode: await guestCode(),
    bundle,
    ...(scriptName === undefined ? {} : { scriptName }),
  });
  if (scope.failure !== undefined) throw scope.failure;
  const manifest = definition.permissions;
  const permissions = effectivePermissions({
    manifest,
    grant: manifest,
    step: step.permissions,
    policy: EVERYTHING,
  });
  const { header, parts } = stepMessage(options, { step, outputs, attempt, permissions });
  const stepState = state.begin();
  const calls = new StepCalls(step.key, {
    flowKeys: definition.flows.map(({ key }) => key),
    read: async () => ({ depth: 0, made: report.started.length, known: new Map() }),
    createId: randomUUID,
  });
  const hosts: Record<string, { ask(question: string): Promise<string> }> = {
    [STATE_URL]: stepState,
    [CALLS_URL]: calls,
  };
  const result = await scope.run(header, parts, {
    timeoutMs: options.isDebugged === true ? LONG_MS : step.timeoutMs,
    fetch: (request, body) => {
      const host = hosts[request.url];
      if (host !== undefined) return answerAsHost(host, request, body);
      const onRequest = (seen: SeenRequest) =>
        void report.requests.push(Object.assign(seen, { step: step.key }));
      return fetchLocally(request, body, { permissions, answer: options.fetch, onRequest });
    },
    onLog: (line) => {
      const own = { ...line, step: step.key };
      report.logs.push(own);
      options.onLog?.(own);
    },
  });
  if (result.outcome === "ok") {
    state.commit(stepState);
    for (const { flowKey: flow, payload } of calls.calls)
      report.started.push({ flow, payload: JSON.parse(payload), step: step.key });
  }
  return result;
}

/** The operator's policy is not known here, nor what an instance grants: the manifest alone holds. */
const EVERYTHING: PermissionPolicy = { net: { allow: true, deny: [] }, env: { allow: true, deny: [] } };

const LONG_MS = 24 * 60 * 60 * 1000;

function stepMessage(
  { trigger, config, flowKey, executionId = "local" }: LocalRunOptions,
  {
    step,
    outputs,
    attempt,
    permissions,
  }: Omit<Running, "report" | "state"> & { attempt: number; permissions: PermissionManifest },
): { header: StepHeader; parts: string[] } {
  const { body, ...request } = trigger;
  return {
    header: {
      op: "step",
      flowKey,
      stepKey: step.key,
      path: step.key,
      attempt,
      executionId,
      idempotencyKey: `${executionId}/${step.key}`,
      outputCharacters: LIMITS.stepOutputCharacters,
      permissions,
      trigger: { ...request, encoding: body.encoding },
      outputKeys: [...outputs.keys()],
      lengths: [],
    },
    parts: [body.data, JSON.stringify(config), ...outputs.values()],
  };
}

function noSuchFlow({ definition, flowKey }: LocalRunOptions): EngineError {
  const keys = definition.flows.map(({ key }) => `"${key}"`).join(", ");
  return new EngineError(
    "request/not-found",
    `Integration "${definition.key}" has no flow "${flowKey}"; it has ${keys}`,
    { field: "flow" },
  );
}
