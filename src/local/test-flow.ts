import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { checkConfigValues, findMissing, resolveConfig } from "#contract/config-values.ts";
import type { Definition } from "#contract/definition.ts";
import { EngineError, type FieldProblem } from "#contract/errors.ts";
import { type FlowReply, readReply } from "#contract/flow-reply.ts";
import type { JsonObject } from "#contract/json.ts";
import type { ConfigValues } from "#sdk/config.ts";
import type { Integration } from "#sdk/define-integration.ts";
import { bundleIntegration, type IntegrationBundle } from "./bundle-integration.ts";
import type { LocalFetch, SeenRequest } from "./local-fetch.ts";
import { LocalState } from "./local-state.ts";
import { createTrigger, type TriggerInput } from "./local-trigger.ts";
import { readDefinition } from "./read-definition.ts";
import {
  type LocalError,
  type LocalLogLine,
  type LocalReport,
  runFlow,
  type StartedFlow,
} from "./run-flow.ts";

export type { FlowReply, LocalError, LocalFetch, LocalLogLine, SeenRequest, StartedFlow, TriggerInput };

export interface TestFlowOptions<Config> extends TriggerInput {
  /** Values of config variables; what is left out has its default. */
  config?: { [Key in keyof ConfigValues<Config>]?: ConfigValues<Config>[Key] };
  /** Answers what steps fetch. Left out, each request fails: a test reaches no network by accident. */
  fetch?: LocalFetch;
  /** Outputs of steps that are not to run, by key. */
  steps?: Readonly<Record<string, unknown>>;
  executionId?: string;
  /** What earlier executions have left in the instance's state, by key. */
  state?: Readonly<Record<string, unknown>>;
}

export interface FlowResult {
  state: "succeeded" | "failed";
  /** Outputs by step, as later steps see them: after JSON. */
  steps: Record<string, unknown>;
  /** Of the last step that ran; undefined where the flow failed. */
  output: unknown;
  /** What the sender gets, where the trigger's `reply` asks for it and its step has run. */
  reply: FlowReply | undefined;
  /** Why the flow failed: code as on the server, name, message, stack and step. */
  error: LocalError | undefined;
  logs: LocalLogLine[];
  /** What the steps fetched, in order, refused requests left out. */
  requests: SeenRequest[];
  /** Other flows that the steps started, in order. They are not run: test each by itself. */
  started: StartedFlow[];
  /** The instance's values of state after the run, by key; those of the flow alone are left out. */
  stateValues: Record<string, unknown>;
  /** Tries by step: delays of the retry policy are left out, its number is kept. */
  attempts: Record<string, number>;
}

/**
 * Runs a flow of an integration in memory, without a server: each try of a step in a fresh scope, with the web's APIs that
 * an isolate has and nothing of Node, so that what runs here runs there. The integration's file is bundled as `publish`
 * does; it must export the integration as its default.
 *
 * @throws EngineError `request/invalid` for config values that do not fit, `request/not-found` for an unknown flow,
 * `request/definition-refused` for what could not be published. What a step throws is in the result.
 */
export async function testFlow<Config, Accounts>(
  integration: Integration<Config, Accounts>,
  flowKey: string,
  options: TestFlowOptions<Config> = {},
): Promise<FlowResult> {
  const { bundle, definition } = await loadIntegration(integration);
  const state = new LocalState(options.state);
  const report = await runFlow({
    state,
    bundle,
    definition,
    flowKey,
    trigger: createTrigger(options),
    config: configOf(definition, { ...options.config }),
    fetch: options.fetch ?? refuseRequest,
    outputs: new Map(
      Object.entries(options.steps ?? {}).map(([key, output]) => [key, JSON.stringify(output) ?? "null"]),
    ),
    ...(options.executionId === undefined ? {} : { executionId: options.executionId }),
  });
  const result = resultOf(report);
  return { ...result, reply: replyOf(definition, flowKey, result.steps), stateValues: state.toValues() };
}

function replyOf(
  { flows }: Definition,
  flowKey: string,
  outputs: Record<string, unknown>,
): FlowReply | undefined {
  const trigger = flows.find(({ key }) => key === flowKey)?.trigger;
  const step = trigger?.type === "webhook" ? trigger.reply?.step : undefined;
  return step !== undefined && Object.hasOwn(outputs, step) ? readReply(outputs[step]) : undefined;
}

function resultOf({
  state,
  steps,
  error,
  logs,
  requests,
  started,
}: LocalReport): Omit<FlowResult, "stateValues" | "reply"> {
  const outputs = Object.fromEntries(
    steps.flatMap(({ key, outputJson }): [string, unknown][] =>
      outputJson === undefined ? [] : [[key, JSON.parse(outputJson)]],
    ),
  );
  return {
    state,
    steps: outputs,
    output: state === "failed" ? undefined : outputs[steps.at(-1)?.key ?? ""],
    error,
    logs,
    requests,
    started,
    attempts: Object.fromEntries(steps.map(({ key, attempts }) => [key, attempts])),
  };
}

/** @throws EngineError `request/invalid` with each value that is wrong or missing */
export function configOf(definition: Definition, values: JsonObject): JsonObject {
  const problems = [
    ...checkConfigValues(definition, values),
    ...findMissing({ ...definition, connections: {} }, values),
  ];
  if (problems.length > 0) throw unfit(problems);
  return resolveConfig(definition, values);
}

export function unfit(problems: readonly FieldProblem[]): EngineError {
  const lines = problems.map(({ field, message }) => `  ${field}: ${message}`);
  return new EngineError("request/invalid", `The config values do not fit:\n${lines.join("\n")}`, {
    problems,
  });
}

export function refuseRequest(request: Request): never {
  throw new TypeError(
    `${request.method} ${request.url} has no answer in this test; give the test a fetch that answers it`,
  );
}

interface Loaded {
  changedAtMs: number;
  ready: Promise<{ bundle: IntegrationBundle; definition: Definition }>;
}

const loaded = new Map<string, Loaded>();

/** Bundled once for all tests of a process, and anew where the file has changed since. */
export async function loadIntegration(integration: Integration<never, never> | Integration<object>) {
  const file = fileOf(integration);
  const { mtimeMs } = await stat(file);
  let known = loaded.get(file);
  if (known?.changedAtMs !== mtimeMs) {
    known = { changedAtMs: mtimeMs, ready: bundleAndRead(file) };
    loaded.set(file, known);
  }
  const ready = await known.ready;
  if (ready.definition.key !== integration.definition.key)
    throw new EngineError(
      "request/invalid",
      `${file} exports integration "${ready.definition.key}" as its default, not "${integration.definition.key}"; testFlow runs a file's default export`,
    );
  return ready;
}

async function bundleAndRead(file: string) {
  const bundle = await bundleIntegration(file);
  return { bundle, definition: (await readDefinition(bundle)).definition };
}

/** The file that called `defineIntegration`: the first frame behind the SDK's own. */
function fileOf(integration: object): string {
  const origin: unknown = Reflect.get(integration, Symbol.for("millrace.origin"));
  const [, ...frames] = origin instanceof Error ? (origin.stack ?? "").split("\n") : [];
  const caller = frames[1] ?? "";
  const found = /\(?((?:file:\/\/)?\/.*?|[A-Za-z]:[\\/].*?)(?:\?[^:]*)?:\d+:\d+\)?$/.exec(
    caller.trim().replace(/^at (?:.*? \()?/, ""),
  )?.[1];
  if (found === undefined)
    throw new EngineError(
      "request/invalid",
      "The integration's file cannot be told; give testFlow what a file's default export is, as defineIntegration made it",
    );
  return found.startsWith("file://") ? fileURLToPath(found) : found;
}
