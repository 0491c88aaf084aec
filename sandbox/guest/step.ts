import { encodeFrame, type ResultHeader, type StepHeader } from "../protocol.ts";
import { parse, send, stringify } from "./bridge.ts";
import { createConnections } from "./connections.ts";
import { beginFetches } from "./fetch-state.ts";
import { lazily } from "./install.ts";
import { renderError } from "./render-error.ts";
import { beginStep } from "./step-beginning.ts";
import { forgetTimers } from "./timers.ts";
import { writeLog } from "./write-log.ts";

/**
 * Runs an author's function as a step. Trigger, config and outputs are kept as text for the isolate's life and
 * parsed anew for each step that reads them, so that no step can change what another one sees.
 */
type StepFunction = (context: unknown) => unknown;

let trigger: (NonNullable<StepHeader["trigger"]> & { body: string }) | undefined;
let configJson = "{}";
const outputs = new Map<string, string>();

export function takeInputs(header: StepHeader, parts: string[]): void {
  if (header.trigger !== undefined) {
    trigger = { ...header.trigger, body: parts[0] ?? "" };
    configJson = parts[1] ?? "{}";
  }
  header.outputKeys.forEach((key, at) => outputs.set(key, parts[at + 2] ?? "null"));
}

export async function runStep(find: () => StepFunction, header: StepHeader): Promise<void> {
  forgetTimers();
  beginFetches(header.idempotencyKey);
  beginStep();
  try {
    const output = await find()(createContext(header));
    sendOutput(output, header);
  } catch (thrown) {
    sendFailure(thrown);
  }
}

function sendOutput(output: unknown, header: StepHeader): void {
  const json = stringify(output) ?? "null";
  if (json.length > header.outputCharacters) {
    const message = `The step's output has ${json.length} characters of JSON: at most ${header.outputCharacters} are kept. Return less, or split it over several steps.`;
    return sendResult({ outcome: "output-too-large", error: { name: "OutputTooLarge", message } });
  }
  outputs.set(header.stepKey, json);
  sendResult({ outcome: "ok" }, json);
}

export function sendFailure(thrown: unknown): void {
  const error = renderError(thrown);
  sendResult({ outcome: error.name === "NotCapable" ? "not-capable" : "threw", error });
}

export function sendResult(header: Omit<ResultHeader, "lengths">, output = ""): void {
  send("result", encodeFrame(header, [output]));
}

function createContext(header: StepHeader): object {
  const context = {
    log: {
      debug: (...values: unknown[]) => writeLog("debug", values),
      info: (...values: unknown[]) => writeLog("info", values),
      warn: (...values: unknown[]) => writeLog("warn", values),
      error: (...values: unknown[]) => writeLog("error", values),
    },
    idempotencyKey: header.idempotencyKey,
    execution: { id: header.executionId, attempt: header.attempt },
  };
  lazily(context, "fetch", () => require("./fetch.ts").fetch);
  lazily(context, "connections", createConnections);
  lazily(context, "permissions", () => require("./permissions.ts").createPermissions(header.permissions));
  lazily(context, "state", () => require("./state.ts").createState());
  lazily(context, "flows", () => require("./flows.ts").createFlows());
  lazily(context, "trigger", createTrigger);
  lazily(context, "config", () => parse(configJson));
  lazily(context, "steps", () => {
    const steps = {};
    for (const [key, json] of outputs) lazily(steps, key, () => parse(json));
    return steps;
  });
  return context;
}

function createTrigger(): object {
  if (trigger === undefined) throw new Error("This isolate was given no trigger");
  const { kind, method, path, query, headers, encoding, body, receivedAtMs } = trigger;
  const contentType = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const made = { kind, method, path };
  const raw = { encoding, data: body, contentType };
  lazily(made, "body", () => require("./trigger-body.ts").createTriggerBody(raw));
  lazily(made, "query", () => new (require("./url-search-params.ts").URLSearchParams)(query));
  lazily(made, "headers", () => new (require("./headers.ts").Headers)(headers));
  lazily(made, "receivedAt", () => new Date(receivedAtMs));
  return made;
}
