import vm from "node:vm";
import { LIMITS } from "#contract/limits.ts";
import type { SandboxLogLine } from "#contract/sandbox.ts";
import { StepRun } from "#sandbox/cell/step-run.ts";
import {
  BUNDLE_FILE_NAME,
  DISPATCH_GLOBAL,
  encodeFrame,
  EVALUATION_FAILED_GLOBAL,
  GUEST_FILE_NAME,
  type FetchAnswer,
  type FetchHeader,
  type GuestDispatch,
  INTEGRATION_GLOBAL,
  type RunLimits,
  type RunResult,
  SEND_GLOBAL,
} from "#sandbox/protocol.ts";

/**
 * A fresh global of `node:vm` with the isolate's runtime and a bundle in it: what a step of the author's sees in
 * production, on the author's machine. It keeps mistakes apart, not attackers: the code is the author's own.
 *
 * A scope lives for one step or one reading of a definition. Its promises share the process's queue, so the end of a
 * burst is not seen: the outcome is what the guest sends, the time limit, or that nothing is left to wake it.
 */
export interface ScopeOptions {
  guestCode: string;
  bundle: { code: string };
  /** Of the script in stacks and debuggers; `integration.js` where it is left out. */
  scriptName?: string;
  /** Called with each part of the definition as it is declared, for its stack. */
  onDeclared?(part: object): void;
}

export interface ScopeHooks {
  fetch(header: FetchHeader, body: string): Promise<{ answer: FetchAnswer; body: Uint8Array }>;
  onLog?(line: SandboxLogLine): void;
}

export interface Scope {
  /** The bundle's default export, as far as it is one. */
  integration: { definition?: unknown } | undefined;
  /** What evaluating the bundle threw. */
  failure: unknown;
  run(
    message: GuestDispatch,
    parts: string[],
    options: ScopeHooks & { timeoutMs: number },
  ): Promise<RunResult>;
}

export function createScope({ guestCode, bundle, ...options }: ScopeOptions): Scope {
  const context = vm.createContext({});
  vm.runInContext(POLYFILLS, context);
  const beforeAnyStep = new StepRun(0, limitsOf(0), NO_HOOKS);
  let answer = (text: string): string => beforeAnyStep.answer(text);
  context[SEND_GLOBAL] = (text: string) => answer(text);
  vm.runInContext(guestCode, context, { filename: GUEST_FILE_NAME });
  const dispatch = take(context, DISPATCH_GLOBAL) as (text: string) => void; // left there by the runtime
  if (options.onDeclared !== undefined)
    Reflect.set(context, Symbol.for("millrace.declared"), options.onDeclared);
  const failure = evaluate(context, bundle.code, options.scriptName ?? BUNDLE_FILE_NAME);
  const integration = context[INTEGRATION_GLOBAL] as Scope["integration"]; // the author's claim
  dispatch(encodeFrame({ op: "ready" }));

  return {
    integration,
    failure,
    run: (message, parts, hooks) => {
      const run = startRun(dispatch, hooks);
      answer = run.answer;
      run.dispatch(encodeFrame(message, parts));
      return run.finished;
    },
  };
}

/** Runs the bundle as a cell does, and tells the runtime of what it threw. */
function evaluate(context: vm.Context, code: string, filename: string): unknown {
  try {
    vm.runInContext(code, context, { filename });
    return undefined;
  } catch (thrown) {
    const tell = context[EVALUATION_FAILED_GLOBAL] as (thrown: unknown) => void; // left there by the runtime
    tell(thrown);
    return thrown;
  }
}

function startRun(dispatchText: (text: string) => void, hooks: ScopeHooks & { timeoutMs: number }) {
  const run = new StepRun(1, limitsOf(hooks.timeoutMs), {
    burst: (_run, message, parts) => dispatch(encodeFrame(message, parts)),
    fetch: (_run, header, body) =>
      void hooks.fetch(header, body).then((fetched) => run.fetched(fetched.answer, fetched.body)),
    abortFetch: () => {},
    log: (_run, _at, line) => hooks.onLog?.(line),
  });
  const settle = () => {
    if (run.result !== undefined) run.finish();
  };
  const dispatch = (text: string) => {
    dispatchText(text);
    // Behind every promise that is settled by now.
    setImmediate(() => {
      if (run.result === undefined && run.isIdle) run.conclude("timed-out", NEVER_SETTLES);
      settle();
    });
  };
  run.deadline = setTimeout(() => {
    run.conclude("timed-out", {
      name: "TimedOut",
      message: `The step took longer than ${hooks.timeoutMs} ms`,
    });
    settle();
  }, hooks.timeoutMs);
  const answer = (text: string): string => {
    const answered = run.answer(text);
    if (run.result !== undefined) queueMicrotask(settle);
    return answered;
  };
  return { answer, dispatch, finished: run.finished };
}

const NEVER_SETTLES = {
  name: "NeverSettles",
  message: "The step waits for a promise that nothing can settle: no timer and no request is pending",
};

const NO_HOOKS = { burst: () => {}, fetch: () => {}, abortFetch: () => {}, log: () => {} };

function limitsOf(timeoutMs: number): RunLimits {
  return {
    cpuMs: LIMITS.stepCpuMs,
    timeoutMs,
    heapMb: LIMITS.isolateHeapMb,
    outputCharacters: LIMITS.stepOutputCharacters,
    timers: LIMITS.stepTimers,
    fetches: LIMITS.stepFetches,
    fetchCharacters: LIMITS.stepFetchCharacters,
    logLines: LIMITS.stepLogLines,
    logLineCharacters: LIMITS.logLineCharacters,
  };
}

function take(context: vm.Context, name: string): unknown {
  const value: unknown = context[name];
  delete context[name];
  return value;
}

/** What the runtime takes from V8 and Node before 25 has not. Evaluated in the scope: its objects are its own. */
const POLYFILLS = `if (!Uint8Array.fromBase64) {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const define = (target, name, value) => Object.defineProperty(target, name, { value, writable: true, configurable: true });
  define(Uint8Array, "fromBase64", (text) => {
    const clean = String(text).replace(/[\\t\\n\\f\\r ]/g, "").replace(/={1,2}$/, "");
    if (/[^A-Za-z0-9+/]/.test(clean) || clean.length % 4 === 1) throw new SyntaxError("The text is not base64");
    const bytes = new Uint8Array(Math.floor((clean.length * 3) / 4));
    let bits = 0, held = 0, at = 0;
    for (const digit of clean) {
      held = (held << 6) | digits.indexOf(digit);
      bits += 6;
      if (bits >= 8) { bits -= 8; bytes[at++] = (held >> bits) & 255; }
    }
    return bytes;
  });
  define(Uint8Array.prototype, "toBase64", function () {
    let text = "";
    for (let at = 0; at < this.length; at += 3) {
      const three = (this[at] << 16) | ((this[at + 1] ?? 0) << 8) | (this[at + 2] ?? 0);
      text += digits[three >> 18] + digits[(three >> 12) & 63];
      text += at + 1 < this.length ? digits[(three >> 6) & 63] : "=";
      text += at + 2 < this.length ? digits[three & 63] : "=";
    }
    return text;
  });
}`;
