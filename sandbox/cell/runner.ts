import type { SandboxError, SandboxOutcome } from "#contract/sandbox.ts";
import { encodeFrame, type GuestDispatch } from "../protocol.ts";
import { answerNative } from "./answer-native.ts";
import { cpuWallMs } from "./cpu-wall.ts";
import type { ExecutionToken } from "./execution-token.ts";
import { GuestIsolate, type IsolateOptions, type ScriptText } from "./isolate.ts";
import type { StepRun } from "./step-run.ts";

/**
 * Runs bursts on the piscina thread. A burst ends by itself, by `timeout`, or by SIGKILL of the cell, which the
 * host's watchdog sends when `timeout` is not obeyed.
 *
 * Whatever may take time on an isolate that has misbehaved happens under its holder's name: a cell is ended for what
 * is announced. So isolates are disposed by the runner too, after their run's result has been handed over.
 *
 * The timeout is wall clock and CPU is what is limited: for a busy machine a burst gets half again as much wall
 * clock as it has CPU left. Whichever limit set the timeout names the outcome.
 */
/** An isolate that held millions of small things takes longer to end, at its neighbours' cost: the cell goes instead. */
const DISPOSE_MS = 250;
/** A timeout may come so much too early. */
const TIMER_MS = 2;
const MESSAGE_CHARACTERS = 10_000;

export class Runner {
  readonly #token: ExecutionToken;
  /** Wall clock of all bursts and of the making of isolates so far: how long any parked run has been frozen is a difference of it. */
  #busyMs = 0;
  lastBurstEndedAt = 0;

  constructor(token: ExecutionToken) {
    this.#token = token;
  }

  /**
   * Makes an isolate and evaluates the bundle in it under the holder's name. `failure` is the JSON of the error
   * that the author's code threw, "" for none. Throws `BurstEnded` when a limit ended the evaluation.
   */
  createIsolate(
    options: IsolateOptions,
    bundle: ScriptText,
    { holder, cpuMs }: { holder: number; cpuMs: number },
  ): { isolate: GuestIsolate; failure: string } {
    const startedAt = performance.now();
    const isolate = new GuestIsolate(options);
    this.#busyMs += performance.now() - startedAt;
    let failure = JSON.stringify({ name: "Error", message: "The bundle's evaluation did not end" });
    isolate.answer = (text) => {
      if (text.startsWith("ready\n")) failure = text.slice("ready\n".length);
      return answerNative(text);
    };
    try {
      this.#timed(holder, { cpuMs, wallMs: 2 * cpuWallMs({ cpuMs }) }, (timeoutMs) => {
        isolate.evaluate(bundle, timeoutMs);
        isolate.dispatch(encodeFrame({ op: "ready" }), timeoutMs);
      });
    } catch (error) {
      if (error instanceof BurstEnded) error.isDisposed = isolate.isDisposed;
      this.dispose(isolate, holder);
      throw error;
    }
    return { isolate, failure };
  }

  /** Later, so that nobody waits for it; under the name of whoever had it. */
  dispose(isolate: GuestIsolate, holder: number): void {
    isolate.answer = () => "";
    setImmediate(() => {
      this.#token.announce(holder, DISPOSE_MS, DISPOSE_MS);
      isolate.dispose();
      this.#token.release();
    });
  }

  begin(run: StepRun): void {
    run.readyMs = performance.now() - run.startedAt;
    run.startedAt = performance.now();
    run.othersBusyBaseMs = this.#busyMs;
    this.#armDeadline(run);
  }

  burst(run: StepRun, message: GuestDispatch, parts: readonly string[] = []): void {
    this.burstText(run, encodeFrame(message, parts));
  }

  burstText(run: StepRun, text: string): void {
    const { isolate } = run;
    if (isolate === undefined || run.result !== undefined) return;
    const budget = { cpuMs: run.limits.cpuMs - run.cpuMs, wallMs: this.#wallLeftMs(run) };
    try {
      const spent = this.#timed(run.run, budget, (timeoutMs) => isolate.dispatch(text, timeoutMs));
      run.cpuMs += spent.cpuMs;
      run.busyMs += spent.wallMs;
      this.#settle(run, isolate);
    } catch (error) {
      const spent = error instanceof BurstEnded ? error : undefined;
      run.cpuMs += spent?.cpuMs ?? 0;
      run.busyMs += spent?.wallMs ?? 0;
      this.#concludeEnded(run, isolate, {
        cause: spent?.cause ?? error,
        isTimeUp: spent?.isTimeUp ?? false,
        cpuBound: isCpuBound(budget),
      });
      // Ended in the middle of something: it is asked nothing more, and goes.
      this.#handOver(run, isolate);
    }
  }

  /** A call beside its bursts, which cannot be stopped, has used up what the run had left. */
  overrun(run: StepRun): void {
    this.stop(run, "cpu-exceeded", cpuMessage(run));
  }

  /** Ends a run that is parked. */
  stop(run: StepRun, outcome: SandboxOutcome, message: string): void {
    run.conclude(outcome, { name: nameOf(outcome), message });
    if (run.isolate !== undefined) this.#settle(run, run.isolate);
  }

  #settle(run: StepRun, isolate: GuestIsolate): void {
    if (run.result === undefined && run.cpuMs > run.limits.cpuMs)
      run.conclude("cpu-exceeded", { name: "CpuExceeded", message: cpuMessage(run) });
    if (run.result === undefined && run.isIdle)
      run.conclude("timed-out", {
        name: "NeverSettles",
        message: "The step waits for a promise that nothing can settle: no timer and no request is pending",
      });
    if (run.result === undefined) return;
    // What the guest left behind, such as a rejection that nobody handled, is met here: it may not come to rest.
    this.#token.announce(run.run, DISPOSE_MS, DISPOSE_MS);
    run.result.heapMb = isolate.heapMb();
    this.#token.release();
    this.#handOver(run, isolate);
  }

  #handOver(run: StepRun, isolate: GuestIsolate): void {
    if (run.result === undefined) return;
    if (isolate.isDisposed) {
      run.result.isolateKept = false;
      run.result.heapMb = run.limits.heapMb;
    }
    const { isolateKept } = run.result;
    run.finish();
    if (!isolateKept) this.dispose(isolate, run.run);
  }

  /**
   * Why a burst did not come to rest. By facts, never by the words of what was thrown: a rejection that the guest left
   * unhandled is thrown here as well, and its words are the author's.
   */
  #concludeEnded(
    run: StepRun,
    isolate: GuestIsolate,
    end: { cause: unknown; isTimeUp: boolean; cpuBound: boolean },
  ): void {
    if (isolate.isDisposed)
      run.conclude("out-of-memory", {
        name: "OutOfMemory",
        message: `The step needed more than ${run.limits.heapMb} MB of heap`,
      });
    else if (!end.isTimeUp) run.conclude("threw", unhandled(end.cause));
    else if (end.cpuBound || run.cpuMs >= run.limits.cpuMs)
      run.conclude("cpu-exceeded", { name: "CpuExceeded", message: cpuMessage(run) });
    else
      run.conclude("timed-out", {
        name: "TimedOut",
        message: `The step did not come to rest within its time: ${Math.round(run.cpuMs)} ms of CPU in ${Math.round(run.busyMs)} ms`,
      });
    if (run.result !== undefined) run.result.isolateKept = false;
  }

  #armDeadline(run: StepRun): void {
    run.deadline = setTimeout(
      () => {
        if (run.result !== undefined) return;
        if (this.#wallLeftMs(run) > 0) this.#armDeadline(run);
        else this.stop(run, "timed-out", `The step took longer than ${run.limits.timeoutMs} ms`);
      },
      Math.max(1, this.#wallLeftMs(run)),
    );
  }

  /** What others ran meanwhile is not this run's time. */
  #wallLeftMs(run: StepRun): number {
    const frozenMs = this.#busyMs - run.othersBusyBaseMs - run.busyMs;
    return run.limits.timeoutMs - (performance.now() - run.startedAt - frozenMs);
  }

  #timed(holder: number, budget: { cpuMs: number; wallMs: number }, work: (timeoutMs: number) => void) {
    const timeoutMs = Math.max(1, Math.ceil(Math.min(cpuWallMs(budget), budget.wallMs)));
    this.#token.announce(holder, Math.max(1, budget.cpuMs), Math.max(1, budget.wallMs));
    const startedAt = performance.now();
    const cpuBefore = process.threadCpuUsage();
    let ended: { cause: unknown } | undefined;
    try {
      work(timeoutMs);
    } catch (cause) {
      ended = { cause };
    }
    const cpu = process.threadCpuUsage(cpuBefore);
    this.#token.release();
    this.lastBurstEndedAt = performance.now();
    const spent = { cpuMs: (cpu.user + cpu.system) / 1000, wallMs: this.lastBurstEndedAt - startedAt };
    this.#busyMs += spent.wallMs;
    if (ended !== undefined)
      throw new BurstEnded(ended.cause, { ...spent, isTimeUp: spent.wallMs >= timeoutMs - TIMER_MS });
    return spent;
  }
}

/** A burst that did not come to rest, with what it cost. Stays within the cell. */
export class BurstEnded extends Error {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly isTimeUp: boolean;
  /** V8 has ended the isolate: it had no memory left. */
  isDisposed = false;

  constructor(cause: unknown, spent: { cpuMs: number; wallMs: number; isTimeUp: boolean }) {
    super("The burst was ended", { cause });
    this.cpuMs = spent.cpuMs;
    this.wallMs = spent.wallMs;
    this.isTimeUp = spent.isTimeUp;
  }
}

function isCpuBound(budget: { cpuMs: number; wallMs: number }): boolean {
  return cpuWallMs(budget) <= budget.wallMs;
}

/** What isolated-vm has copied of it: an error of this side with the guest's message. */
function unhandled(cause: unknown): SandboxError {
  const message = cause instanceof Error ? cause.message : "";
  return {
    name: "UnhandledRejection",
    message: `A promise was rejected and nobody handled it: ${message.slice(0, MESSAGE_CHARACTERS)}`,
  };
}

function cpuMessage(run: StepRun): string {
  return `The step used up its ${run.limits.cpuMs} ms of CPU: ${Math.round(run.cpuMs)} ms in ${Math.round(run.busyMs)} ms of running`;
}

function nameOf(outcome: SandboxOutcome): string {
  if (outcome === "cpu-exceeded") return "CpuExceeded";
  return outcome === "cancelled" ? "Cancelled" : "TimedOut";
}
