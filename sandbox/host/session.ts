import type { EgressFetch } from "#contract/egress.ts";
import { codeOf } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type {
  SandboxSession,
  SessionInputs,
  SessionOptions,
  StepReport,
  StepRequest,
} from "#contract/sandbox.ts";
import { StepCalls } from "#contract/flow-calls.ts";
import { StepState } from "#contract/step-state.ts";
import { CALLS_URL, type RunLimits, STATE_URL } from "../protocol.ts";
import type { BundleStore } from "./bundle-store.ts";
import { versionKeyOf, type CellProcess, type Death } from "./cell-process.ts";
import { domainKeyOf, type CellPool } from "./cell-pool.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { FetchAllowance } from "./fetch-allowance.ts";
import { FetchBroker, type HostAnswers } from "./fetch-broker.ts";
import type { Quarantine } from "./quarantine.ts";
import { runInCell, type RunEnd } from "./run-in-cell.ts";
import { encodeStep, permissionsOf } from "./step-message.ts";
import { hostReport, reportOf } from "./step-report.ts";

/**
 * One execution attempt: its steps run one after another in one isolate, which is leased from a cell at the
 * first step and given back at `close`, or lost with its cell.
 *
 * When a cell dies, all its runs are suspects. A run that the watchdog names gets its outcome at once. Any other
 * is run again, alone, without spending an attempt; if its cell dies again, it is guilty. A neighbour of a named
 * culprit is innocent and simply runs again.
 */
const MOST_RERUNS = 8;

/** What no integration may raise. */
export const FIXED_RUN_LIMITS = {
  timers: LIMITS.stepTimers,
  logLines: LIMITS.stepLogLines,
  logLineCharacters: LIMITS.logLineCharacters,
  fetchCharacters: LIMITS.stepFetchCharacters,
} as const;

export interface SessionDependencies {
  pool: CellPool;
  bundles: BundleStore;
  quarantine: Quarantine;
  fetch: EgressFetch;
  /** Of bodies that the host holds for all sessions. */
  budget: ByteBudget;
  nextId: () => number;
  killCellDuringStep: () => boolean;
}

interface Lease {
  id: number;
  cell: CellProcess;
  /** Paths whose outputs the isolate has. */
  heldPaths: Set<string>;
  isNew: boolean;
}

interface Tried {
  run: number;
  end: RunEnd;
  broker: FetchBroker;
  state: StepState | undefined;
  calls: StepCalls | undefined;
  waitMs: number;
  runMs: number;
}

type Verdict = "innocent" | "suspect" | "guilty" | "ended-by-us";

export class Session implements SandboxSession {
  readonly #dependencies: SessionDependencies;
  readonly #options: SessionOptions;
  readonly #inputs: SessionInputs;
  readonly #versionKey: string;
  readonly #allowance = new FetchAllowance();
  #lease: Lease | undefined;

  constructor(dependencies: SessionDependencies, options: SessionOptions, inputs: SessionInputs) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#inputs = inputs;
    this.#versionKey = versionKeyOf(domainKeyOf(options.domain), options.bundle.sha256);
  }

  async runStep(request: StepRequest, signal: AbortSignal): Promise<StepReport> {
    const { quarantine } = this.#dependencies;
    const inputKey = `${this.#options.executionId}/${request.path}`;
    if (quarantine.isPoison(inputKey)) return poisonReport(request.path);
    let suspect = false;
    for (let reruns = 0; ; reruns += 1) {
      const tried = await this.#try(request, signal, suspect);
      if ("outcome" in tried) return tried;
      if (tried.end.type !== "lost") return reportOf(tried);
      const verdict = this.#judge(tried.end.death, {
        run: tried.run,
        suspect,
        isLast: reruns >= MOST_RERUNS,
      });
      if (verdict === "ended-by-us") return reportOf(tried);
      if (verdict === "guilty") {
        quarantine.makeExclusive(this.#versionKey);
        quarantine.countSoloKill(inputKey);
        return quarantine.isPoison(inputKey) ? poisonReport(request.path) : reportOf(tried);
      }
      suspect ||= verdict === "suspect";
    }
  }

  close(): void {
    this.#giveUpLease();
  }

  /** A report where no cell was needed or to be had. */
  async #try(request: StepRequest, signal: AbortSignal, alone: boolean): Promise<Tried | StepReport> {
    const waitFrom = performance.now();
    const leased = await this.#ensureLease(alone, signal);
    if ("outcome" in leased) return leased;
    const limits = this.#limits(request);
    const { options, inputs } = { options: this.#options, inputs: this.#inputs };
    const source = { request, options, inputs, outputCharacters: limits.outputCharacters };
    const { text, largestPart } = encodeStep(source, leased.heldPaths, leased.isNew);
    const mostCharacters = options.limits?.inputCharacters ?? LIMITS.payloadBytes * 1.4;
    if (largestPart > mostCharacters) return this.#refuseInput(largestPart, mostCharacters);
    leased.isNew = false;
    const started = performance.now();
    const run = this.#dependencies.nextId();
    const sha256 = options.bundle.sha256;
    const state = inputs.readState === undefined ? undefined : new StepState(inputs.readState);
    const calls = inputs.calls === undefined ? undefined : new StepCalls(request.path, inputs.calls);
    const answers = { [STATE_URL]: state, [CALLS_URL]: calls };
    const broker = this.#createBroker(leased.cell, { run, stepKey: request.stepKey, answers });
    this.#killIfArmed(leased.cell);
    const end = await runInCell({
      cell: leased.cell,
      message: { type: "step", run, lease: leased.id, sha256, limits, text },
      broker,
      signal,
    });
    this.#keepLease(leased, end, request);
    const runMs = performance.now() - started;
    return { run, end, broker, state, calls, waitMs: started - waitFrom, runMs };
  }

  async #ensureLease(alone: boolean, signal: AbortSignal): Promise<Lease | StepReport> {
    if (this.#lease !== undefined && this.#lease.cell.state !== "dead") return this.#lease;
    this.#giveUpLease();
    const { pool, bundles, quarantine, nextId } = this.#dependencies;
    const { domain, bundle } = this.#options;
    try {
      const exclusive = alone || quarantine.isExclusive(this.#versionKey);
      const cell = await pool.lease(domain, { exclusive, signal });
      this.#lease = { id: nextId(), cell, heldPaths: new Set(), isNew: true };
    } catch (error) {
      if (signal.aborted)
        return hostReport("cancelled", { name: "Cancelled", message: "The step was cancelled" });
      if (codeOf(error) !== "engine/unavailable") throw error;
      const message = error instanceof Error ? error.message : String(error);
      return hostReport("crashed", { name: "Unavailable", message, retryable: true });
    }
    const lease = this.#lease;
    try {
      await bundles.give(lease.cell, bundle, quarantine.maySpare(this.#versionKey));
    } catch (error) {
      this.#giveUpLease();
      throw error;
    }
    return lease;
  }

  /** After a run: is the isolate still good, and what does it hold? */
  #keepLease(lease: Lease, end: RunEnd, request: StepRequest): void {
    if (end.type !== "result" || !end.result.isolateKept) return this.#giveUpLease();
    // Cells for one are few: none is held between two steps, or those who hold would wait for those who wait.
    if (lease.cell.exclusive) return this.#giveUpLease();
    if (end.result.outcome === "ok") lease.heldPaths.add(request.path);
  }

  #giveUpLease(): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    this.#lease = undefined;
    lease.cell.send({ type: "close", lease: lease.id });
    this.#dependencies.pool.release(lease.cell);
  }

  #judge(death: Death, about: { run: number; suspect: boolean; isLast: boolean }): Verdict {
    if (death.reason === "stopped") return "ended-by-us";
    if (death.culprit === about.run) return death.reason === "cancelled" ? "ended-by-us" : "guilty";
    if (about.isLast) return "guilty";
    if (death.culprit !== undefined) {
      if (death.culprit < 0) this.#dependencies.quarantine.forbidSpares(this.#versionKey);
      return "innocent";
    }
    if (death.reason === "test" || death.reason === "recycled") return "innocent";
    return about.suspect ? "guilty" : "suspect";
  }

  #limits(request: StepRequest): RunLimits {
    const { limits = {} } = this.#options;
    return {
      ...FIXED_RUN_LIMITS,
      cpuMs: limits.cpuMs ?? LIMITS.stepCpuMs,
      heapMb: limits.heapMb ?? LIMITS.isolateHeapMb,
      outputCharacters: limits.outputCharacters ?? LIMITS.stepOutputCharacters,
      fetches: this.#mostFetches,
      timeoutMs: request.timeoutMs,
    };
  }

  get #mostFetches(): number {
    return this.#options.limits?.fetches ?? LIMITS.stepFetches;
  }

  #createBroker(
    cell: CellProcess,
    { run, stepKey, answers }: { run: number; stepKey: string; answers: HostAnswers },
  ): FetchBroker {
    return new FetchBroker({
      fetch: this.#dependencies.fetch,
      domain: domainKeyOf(this.#options.domain),
      budget: this.#dependencies.budget,
      allowance: this.#allowance,
      permissions: permissionsOf(this.#options, stepKey),
      answers,
      mostFetches: this.#mostFetches,
      answer: (answer, body, delivered) =>
        cell.send({ type: "fetched", run, answer, ...(body === undefined ? {} : { body }) }, delivered),
    });
  }

  #refuseInput(largestPart: number, mostCharacters: number): StepReport {
    // The isolate was counted as holding what it was never sent.
    this.#giveUpLease();
    const message = `An input of the step has ${largestPart} characters: at most ${mostCharacters} are taken`;
    return hostReport("threw", { name: "InputTooLarge", message, retryable: false });
  }

  #killIfArmed(cell: CellProcess): void {
    if (this.#dependencies.killCellDuringStep()) setTimeout(() => cell.kill("test"), 5);
  }
}

function poisonReport(path: string): StepReport {
  const message = `Step ${path} has killed its cell three times, each time alone: this input is given up`;
  return hostReport("crashed", { name: "PoisonError", message, retryable: false });
}
