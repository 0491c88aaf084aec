import type { SandboxError, SandboxLogLine, SandboxOutcome } from "#contract/sandbox.ts";
import {
  decodeFrame,
  FETCH_CHARACTERS,
  HEADER_CHARACTERS,
  type FetchAnswer,
  type FetchHeader,
  type GuestDispatch,
  type RunLimits,
  type RunResult,
  type SubtleAnswer,
} from "../protocol.ts";
import { findNative } from "./answer-native.ts";
import type { GuestIsolate } from "./isolate.ts";
import { cpuWallMs } from "./cpu-wall.ts";
import { readFetchHeader } from "./read-fetch-header.ts";
import { readGuestError } from "./read-guest-error.ts";
import { SubtleDesk } from "./subtle-desk.ts";
import { SubtleKeys } from "./subtle-keys.ts";

/**
 * One run of guest code in one isolate: a step, or the reading of a definition. Holds what the guest asked for
 * (timers, fetches, log lines) and the budgets. States: running → ended; what comes later is ignored.
 */
const SEVERITIES = ["debug", "info", "warn", "error"] as const;
const OUTCOMES_OF_GUEST = ["ok", "threw", "not-capable", "output-too-large"] as const;

export interface StepRunHooks {
  /** Runs a burst of this run's isolate. */
  burst(run: StepRun, message: GuestDispatch, parts?: readonly string[]): void;
  fetch(run: number, header: FetchHeader, body: string): void;
  abortFetch(run: number, id: number): void;
  log(run: number, at: number, line: SandboxLogLine): void;
  /** What the run had begun beside its bursts has used up the CPU that it had left. */
  overrun?(run: StepRun): void;
  /** The run has ended, and what it had begun beside its bursts goes on (`isWorking`). */
  leftWorking?(run: StepRun): void;
}

export class StepRun {
  readonly run: number;
  readonly limits: RunLimits;
  isolate: GuestIsolate | undefined;
  result: RunResult | undefined;
  /** CPU of the run's bursts, and the wall clock that they took. */
  cpuMs = 0;
  busyMs = 0;
  readyMs = 0;
  startedAt = performance.now();
  /** The thread's busy time when guest code could first run: others' bursts stop this run's clock. */
  othersBusyBaseMs = 0;
  deadline: NodeJS.Timeout | undefined;
  readonly #hooks: StepRunHooks;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #bodies = new Map<number, Uint8Array>();
  /** Characters of each request that has no answer yet, by id. */
  readonly #fetches = new Map<number, number>();
  #fetchCount = 0;
  readonly #subtle: SubtleDesk;
  #ownKeys: SubtleKeys | undefined;
  readonly #logs: SandboxLogLine[] = [];
  #logsDropped = 0;
  #resolve: (result: RunResult) => void = () => {};
  readonly finished: Promise<RunResult>;

  constructor(run: number, limits: RunLimits, hooks: StepRunHooks) {
    this.run = run;
    this.limits = limits;
    this.#hooks = hooks;
    this.#subtle = new SubtleDesk({
      answer: (answer, json, spentMs) => this.#answerSubtle(answer, json, spentMs),
      leftMs: () => cpuWallMs({ cpuMs: this.limits.cpuMs - this.cpuMs }),
      overrun: (spentMs) => this.#overrun(spentMs),
    });
    this.finished = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Something goes on that it had begun beside its bursts. */
  get isWorking(): boolean {
    return this.#subtle.isWorking;
  }

  /** Nothing can wake the guest any more. */
  get isIdle(): boolean {
    return this.#timers.size === 0 && this.#fetches.size === 0 && this.#subtle.pending === 0;
  }

  /** Answers `send`. Called in the middle of a burst. */
  answer(text: string): string {
    const end = text.indexOf("\n");
    const op = text.slice(0, end);
    const payload = text.slice(end + 1);
    const native = findNative(op);
    if (native !== undefined) return native(payload);
    switch (op) {
      case "now":
        return String(Math.round((performance.now() - this.startedAt) * 10) / 10);
      case "log":
        return this.#log(payload);
      case "timer":
        return this.#startTimer(payload);
      case "clear":
        return this.#clearTimer(Number(payload));
      case "fetch":
        return this.#startFetch(payload);
      case "abort":
        return this.#abortFetch(Number(payload));
      case "body":
        return this.#body(payload);
      case "subtle":
        return this.result === undefined ? this.#subtle.take(this.#keys(), payload) : "";
      case "result":
        return this.#takeResult(payload);
      default:
        return "";
    }
  }

  /** The host has answered a fetch. */
  fetched(answer: FetchAnswer, body: Uint8Array | undefined): void {
    if (this.result !== undefined || !this.#fetches.delete(answer.id)) return;
    if (body !== undefined && body.byteLength > 0) this.#bodies.set(answer.id, body);
    this.#hooks.burst(this, answer);
  }

  /** Fixes the outcome unless one is there: the first wins. */
  conclude(outcome: SandboxOutcome, error?: SandboxError, output?: string): void {
    this.result ??= {
      outcome,
      ...(error === undefined ? {} : { error }),
      ...(output === undefined ? {} : { output }),
      logs: this.#logs,
      logsDropped: this.#logsDropped,
      readyMs: this.readyMs,
      runMs: performance.now() - this.startedAt,
      cpuMs: this.cpuMs,
      heapMb: 0,
      isolateKept:
        outcome === "ok" ||
        outcome === "threw" ||
        outcome === "not-capable" ||
        outcome === "output-too-large",
    };
  }

  /** Ends what the guest left pending and hands the result over. */
  finish(): void {
    clearTimeout(this.deadline);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const id of this.#fetches.keys()) this.#hooks.abortFetch(this.run, id);
    this.#timers.clear();
    this.#fetches.clear();
    this.#bodies.clear();
    this.#subtle.end();
    this.isolate = undefined;
    if (this.result !== undefined)
      this.#resolve({ ...this.result, cpuMs: this.cpuMs, logsDropped: this.#logsDropped });
    if (this.isWorking) this.#hooks.leftWorking?.(this);
  }

  #log(payload: string): string {
    if (this.#logs.length >= this.limits.logLines) {
      this.#logsDropped += 1;
      return "";
    }
    const end = payload.indexOf("\n");
    const severity = SEVERITIES.find((name) => name === payload.slice(0, end)) ?? "info";
    const message = ownText(payload.slice(end + 1, end + 1 + this.limits.logLineCharacters));
    const line = { atMs: Date.now(), severity, message };
    this.#hooks.log(this.run, this.#logs.push(line) - 1, line);
    return "";
  }

  #startTimer(payload: string): string {
    const [id, delayMs] = payload.split(" ").map(Number);
    if (this.result !== undefined || id === undefined || delayMs === undefined) return "";
    if (this.#timers.size >= this.limits.timers) return "full";
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => {
        this.#timers.delete(id);
        this.#hooks.burst(this, { op: "timer", id });
      }, delayMs),
    );
    return "";
  }

  #clearTimer(id: number): string {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    return "";
  }

  #startFetch(payload: string): string {
    if (this.result !== undefined) return "";
    const refusal = this.#refuseFetch(payload);
    if (refusal !== undefined) return refusal;
    const { header, parts } = decodeFrame(payload);
    const request = readFetchHeader(header);
    if (request === undefined || this.#fetches.has(request.id)) return "the request cannot be read";
    this.#fetchCount += 1;
    this.#fetches.set(request.id, payload.length);
    this.#hooks.fetch(this.run, request, parts[0] ?? "");
    return "";
  }

  /** Before anything of it is looked at: what is under way is held in the host's memory. */
  #refuseFetch(payload: string): string | undefined {
    const { fetches, fetchCharacters } = this.limits;
    if (this.#fetchCount >= fetches) return `a step makes at most ${fetches} requests`;
    if (payload.length > FETCH_CHARACTERS || payload.indexOf("\n") > HEADER_CHARACTERS)
      return `a request has at most ${FETCH_CHARACTERS} characters, ${HEADER_CHARACTERS} of them in its headers`;
    const underWay = [...this.#fetches.values()].reduce(
      (sum, characters) => sum + characters,
      payload.length,
    );
    if (underWay > fetchCharacters) return `requests under way hold at most ${fetchCharacters} characters`;
    return undefined;
  }

  #abortFetch(id: number): string {
    if (this.#fetches.delete(id)) this.#hooks.abortFetch(this.run, id);
    return "";
  }

  #body(payload: string): string {
    const [id, encoding] = payload.split(" ");
    const bytes = this.#bodies.get(Number(id));
    if (bytes === undefined) return "";
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // The body stays until the step ends: a response may have been cloned.
    return buffer.toString(encoding === "base64" ? "base64" : "utf8");
  }

  /** The isolate's; a run without one has them to itself. */
  #keys(): SubtleKeys {
    return this.isolate?.keys ?? (this.#ownKeys ??= new SubtleKeys());
  }

  #overrun(spentMs: number): void {
    if (this.result !== undefined) return;
    this.cpuMs += spentMs;
    this.#hooks.overrun?.(this);
  }

  /** The time that a pool's thread spent is the step's CPU too. */
  #answerSubtle(answer: SubtleAnswer, json: string, spentMs: number): void {
    this.cpuMs += spentMs;
    if (this.result === undefined) this.#hooks.burst(this, answer, [json]);
  }

  #takeResult(payload: string): string {
    if (payload.indexOf("\n") > HEADER_CHARACTERS) return "";
    const { header, parts } = decodeFrame(payload);
    // Of several parts one could be any piece of the guest's JSON.
    if (parts.length !== 1) return "";
    const claimed = header as { outcome?: unknown; error?: unknown }; // hostile: checked here and by the host
    const outcome = OUTCOMES_OF_GUEST.find((name) => name === claimed.outcome);
    const output = parts[0] ?? "";
    if (outcome === undefined) return "";
    if (output.length > this.limits.outputCharacters)
      this.conclude("output-too-large", { name: "OutputTooLarge", message: "The output passes its limit" });
    else this.conclude(outcome, readGuestError(claimed.error), outcome === "ok" ? output : undefined);
    return "";
  }
}

/** A copy: what is cut from a text of megabytes would keep all of it in memory. */
function ownText(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
