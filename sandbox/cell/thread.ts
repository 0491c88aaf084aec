import type { MessagePort } from "node:worker_threads";
import type { SandboxError } from "#contract/sandbox.ts";
import { GUEST_FILE_NAME, HEADER_CHARACTERS, type RunResult } from "../protocol.ts";
import type { FromThread, StartAnswer, ThreadTask, ToThread } from "./cell-thread-messages.ts";
import { keepLibraries } from "./answer-native.ts";
import { compileRuntime } from "./compile-runtime.ts";
import { ExecutionToken } from "./execution-token.ts";
import { compileOnly, type GuestIsolate, type ScriptText } from "./isolate.ts";
import { dropPermissions } from "./lock-down.ts";
import { readGuestError } from "./read-guest-error.ts";
import { BurstEnded, Runner } from "./runner.ts";
import { testSelf } from "./self-test.ts";
import { Spares } from "./spares.ts";
import { StepRun, type StepRunHooks } from "./step-run.ts";

/**
 * The cell's piscina thread: holds the isolates, runs one burst at a time. A task of piscina is one run, so
 * parked runs are tasks that wait. An isolate is leased to one execution attempt and goes with its lease.
 */
interface Lease {
  isolate: GuestIsolate;
  sha256: string;
}

let guest: ScriptText = { code: "" };
let runner: Runner | undefined;
let spares: Spares | undefined;
let port: MessagePort | undefined;
const bundles = new Map<string, ScriptText>();
const leases = new Map<number, Lease>();
const runs = new Map<number, StepRun>();
const cancelledEarly = new Set<number>();
/** The heap of a spare: a step that asks for another gets an isolate of its own. */
const SPARE_HEAP_MB = 128;

const post = (message: FromThread) => port?.postMessage(message);

const hooks: StepRunHooks = {
  burst: (run, message, parts) => theRunner().burst(run, message, parts),
  fetch: (run, header, body) => post({ type: "fetch", run, header, body }),
  abortFetch: (run, id) => post({ type: "fetch-abort", run, id }),
  log: (run, at, line) => post({ type: "log", run, at, line }),
  overrun: (run) => theRunner().overrun(run),
};

/** What a run leaves at work may end by itself; else the cell has to. */
const LEFT_WORKING_MS = 100;

function hooksFor(sha256: string): StepRunHooks {
  return {
    ...hooks,
    leftWorking: (run) => {
      const overrun = { type: "overrun", run: run.run, sha256 } as const;
      setTimeout(() => (run.isWorking ? post(overrun) : undefined), LEFT_WORKING_MS);
    },
  };
}

/** Piscina's handler. */
export default async function handle(task: ThreadTask): Promise<unknown> {
  switch (task.type) {
    case "load":
      return undefined;
    case "start":
      return start(task);
    case "bundle":
      bundles.set(task.sha256, task.bundle);
      spares?.want(task.sha256, task.spares);
      return undefined;
    case "compile":
      return task.fileName === GUEST_FILE_NAME ? compileRuntime(task.code) : compileOnly(task.code);
    case "step":
      return runStep(task);
    case "definition":
      return readDefinition(task);
  }
  throw new Error("The router sent a task of an unknown type");
}

function start(task: Extract<ThreadTask, { type: "start" }>): Promise<StartAnswer> {
  guest = task.guest;
  keepLibraries(task.libraries);
  runner = new Runner(new ExecutionToken(task.tokenMemory));
  port = task.port;
  port.on("message", (message: ToThread) => receive(message));
  spares = new Spares({
    runner,
    guest,
    heapMb: SPARE_HEAP_MB,
    findBundle: (sha256) => bundles.get(sha256),
    onCount: (count) => post({ type: "spares", count }),
  });
  dropPermissions();
  return testSelf("thread", task.ownUser);
}

function receive(message: ToThread): void {
  switch (message.type) {
    case "fetched":
      runs.get(message.run)?.fetched(message.answer, message.body);
      return;
    case "bundle-cache": {
      const bundle = bundles.get(message.sha256);
      if (bundle !== undefined) bundle.cache = message.cache;
      return;
    }
    case "cancel": {
      const run = runs.get(message.run);
      if (run === undefined) cancelledEarly.add(message.run);
      else theRunner().stop(run, "cancelled", "The step was cancelled");
      return;
    }
    case "close":
      return close(message.lease);
    case "ping":
      post({ type: "pong" });
  }
}

function close(leaseId: number): void {
  const lease = leases.get(leaseId);
  if (lease !== undefined) theRunner().dispose(lease.isolate, leaseId);
  leases.delete(leaseId);
  spares?.refillWhenQuiet(leases.size === 0 ? 0 : undefined);
}

async function runStep(task: Extract<ThreadTask, { type: "step" }>): Promise<RunResult> {
  const run = new StepRun(task.run, task.limits, hooksFor(task.sha256));
  const bundle = bundles.get(task.sha256);
  if (bundle === undefined) throw new Error(`Step without its bundle ${task.sha256}`);
  runs.set(task.run, run);
  try {
    const isolate = leases.get(task.lease)?.isolate ?? acquire(run, bundle, task.sha256);
    if (isolate === undefined) return await run.finished;
    leases.set(task.lease, { isolate, sha256: task.sha256 });
    isolate.answer = (text) => run.answer(text);
    run.isolate = isolate;
    theRunner().begin(run);
    if (cancelledEarly.delete(task.run)) theRunner().stop(run, "cancelled", "The step was cancelled");
    else theRunner().burstText(run, task.text);
    const result = await run.finished;
    if (!result.isolateKept) leases.delete(task.lease);
    return result;
  } finally {
    runs.delete(task.run);
    spares?.refillWhenQuiet();
  }
}

/** A spare, or an isolate made now; undefined once the run has been concluded with why there is none. */
function acquire(run: StepRun, bundle: ScriptText, sha256: string): GuestIsolate | undefined {
  const spare = spares?.take(sha256, run.limits.heapMb);
  if (spare !== undefined) return spare;
  return evaluate(run, bundle);
}

function evaluate(run: StepRun, bundle: ScriptText, still?: { nowMs: number; seed: number }) {
  const { heapMb, cpuMs } = run.limits;
  const startedAt = performance.now();
  try {
    const made = theRunner().createIsolate(
      { heapMb, guest, ...(still === undefined ? {} : { still }) },
      bundle,
      { holder: run.run, cpuMs },
    );
    for (const which of made.isolate.rejectedCaches) reportCache(which === "guest" ? guest : bundle);
    if (made.failure === "") {
      bundle.provenMs ??= performance.now() - startedAt;
      return made.isolate;
    }
    theRunner().dispose(made.isolate, run.run);
    concludeWithout(run, "threw", errorFrom(made.failure));
  } catch (error) {
    const cause = error instanceof BurstEnded ? error.cause : error;
    run.cpuMs = error instanceof BurstEnded ? error.cpuMs : 0;
    const message = cause instanceof Error ? cause.message : "";
    // By facts: the words of a SyntaxError are the author's.
    if (error instanceof BurstEnded && error.isDisposed)
      concludeWithout(run, "out-of-memory", {
        name: "OutOfMemory",
        message: `The bundle's evaluation needs more than ${heapMb} MB of heap`,
      });
    else if (error instanceof BurstEnded && error.isTimeUp)
      concludeWithout(run, "cpu-exceeded", {
        name: "CpuExceeded",
        message: `The bundle's evaluation took more than ${cpuMs} ms`,
      });
    else
      concludeWithout(run, "threw", {
        name: "SyntaxError",
        message: `The bundle cannot be evaluated: ${message.slice(0, 1_000)}`,
      });
  }
  return undefined;
}

/** Told once: without the cache it is compiled anew each time, and the host makes another. */
function reportCache(script: ScriptText): void {
  if (script.cache === undefined) return;
  delete script.cache;
  const found = [...bundles].find(([, one]) => one === script);
  post({ type: "cache-rejected", ...(found === undefined ? {} : { sha256: found[0] }) });
}

function concludeWithout(run: StepRun, outcome: RunResult["outcome"], error: SandboxError): void {
  run.conclude(outcome, error);
  if (run.result !== undefined) run.result.isolateKept = false;
  run.finish();
}

/** The guest rendered it; the host checks it again. */
function errorFrom(json: string): SandboxError {
  const unknown = { name: "Error", message: "The bundle's evaluation failed" };
  try {
    return json.length > HEADER_CHARACTERS ? unknown : (readGuestError(JSON.parse(json)) ?? unknown);
  } catch {
    return unknown; // no JSON: a guest has broken its runtime
  }
}

async function readDefinition(task: Extract<ThreadTask, { type: "definition" }>): Promise<RunResult> {
  const run = new StepRun(task.run, task.limits, { ...hooksFor(task.sha256), fetch: refuseFetch });
  const bundle = bundles.get(task.sha256);
  if (bundle === undefined) throw new Error(`Definition without its bundle ${task.sha256}`);
  const isolate = evaluate(run, bundle, { nowMs: task.nowMs, seed: task.seed });
  if (isolate === undefined) return run.finished;
  isolate.answer = (text) => run.answer(text);
  run.isolate = isolate;
  theRunner().begin(run);
  theRunner().burst(run, { op: "definition", outputCharacters: task.limits.outputCharacters });
  const result = await run.finished;
  theRunner().dispose(isolate, task.run);
  return { ...result, isolateKept: false };
}

/** Reading a definition is one burst, so a request could never be answered in it. */
function refuseFetch(): void {}

function theRunner(): Runner {
  if (runner === undefined) throw new Error(`A task came before ${GUEST_FILE_NAME} was started`);
  return runner;
}
