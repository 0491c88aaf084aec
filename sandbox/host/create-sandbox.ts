import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { EgressFetch } from "#contract/egress.ts";
import type { Bundle, DefinitionReport, Sandbox, SandboxStatus, TrustDomain } from "#contract/sandbox.ts";
import { GUEST_FILE_NAME, ISOLATES_PER_CELL } from "../protocol.ts";
import { LIMITS } from "#contract/limits.ts";
import { ByteBudget } from "./byte-budget.ts";
import { BundleStore } from "./bundle-store.ts";
import { CellProcess, versionKeyOf, type CellOptions, type Death, type DeathReason } from "./cell-process.ts";
import { openCellGroups, type CellGroups } from "./cell-group.ts";
import { CellPool } from "./cell-pool.ts";
import { CompileCell } from "./compile-cell.ts";
import { compileCellCode, writeAtomically, type CellCode } from "./compile-cell-code.ts";
import { Quarantine } from "./quarantine.ts";
import { readDefinition } from "./read-definition.ts";
import { Session, type SessionDependencies } from "./session.ts";
import { Watchdog } from "./watchdog.ts";

/** The sandbox of one worker: cells, their watchdog, and the sessions that run in them. */
export interface SandboxOptions {
  /** What sends guests' requests. Without it every request is refused. */
  fetch: EgressFetch;
  /** Where compiled cell code is kept. Default: `.cache/sandbox` of the checkout. */
  cacheFolder?: string;
  /** Cells alive at most: an empty one takes 60 MB, a parked isolate 1.5 MB. Default 16. */
  maxCells?: number;
  /** Executions in the sandbox at most, in all cells together. Default 512, as far as the cells hold them. */
  maxParked?: number;
  /** Forked ahead of need. */
  spareCells?: number;
  /** After so many executions a cell is replaced. */
  executionsPerCell?: number;
  /** Told of each cell that has ended, for the log. */
  onCellEnded?: (ended: CellEnded) => void;
  /** Told when V8 could not use a code cache of ours, for the log: it is made anew. */
  onCacheRejected?: (what: string) => void;
  /** The kill point `cell-during-step`: asked at each step, true has its cell killed. */
  killCellDuringStep?: () => boolean;
}

export interface CellEnded {
  cellId: string;
  pid: number;
  domain?: TrustDomain;
  reason: DeathReason;
  /** The last words of the process: V8's fatal errors. */
  stderr: string;
}

const DEFAULT_CACHE = fileURLToPath(new URL("../../.cache/sandbox/", import.meta.url));
/** A burst this long makes its version run alone from then on. */
const LONG_BURST_MS = 250;

export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const code = await compileCellCode(options.cacheFolder ?? DEFAULT_CACHE);
  return new LocalSandbox(options, code, await readCache(code));
}

class LocalSandbox implements Sandbox {
  readonly #code: CellCode;
  readonly #watchdog: Watchdog;
  readonly #groups: CellGroups = openCellGroups();
  readonly #pool: CellPool;
  readonly #compiler: CompileCell;
  readonly #quarantine = new Quarantine();
  readonly #onCacheRejected: (what: string) => void;
  readonly #dependencies: SessionDependencies;
  readonly #capacity: number;
  #guestCache: Uint8Array | undefined;
  #lastId = 0;
  #lastCell = 0;
  #problem: string | undefined;

  constructor(options: SandboxOptions, code: CellCode, guestCache: Uint8Array | undefined) {
    this.#code = code;
    this.#guestCache = guestCache;
    this.#onCacheRejected = options.onCacheRejected ?? (() => {});
    const maxCells = options.maxCells ?? 16;
    this.#capacity = Math.min(options.maxParked ?? 512, maxCells * ISOLATES_PER_CELL);
    this.#watchdog = new Watchdog((error) => {
      this.#problem = `The sandbox's watchdog ended: ${error.message}. Restart the worker`;
    });
    this.#compiler = new CompileCell(() => this.#fork("compile"));
    this.#pool = new CellPool({
      maxCells,
      maxLeases: this.#capacity,
      spareCells: options.spareCells ?? 1,
      executionsPerCell: options.executionsPerCell ?? 2_000,
      fork: () => this.#fork("run"),
      onProblem: (problem) => {
        this.#problem = problem;
      },
      onEnded: (cell, death) => {
        this.#noteEnd(cell, death);
        const { id, pid, domain } = cell;
        const { reason, stderr } = death;
        options.onCellEnded?.({
          cellId: String(id),
          pid,
          reason,
          stderr,
          ...(domain === undefined ? {} : { domain }),
        });
      },
    });
    this.#dependencies = {
      pool: this.#pool,
      bundles: new BundleStore((text, fileName) => this.#compiler.compile(text, fileName)),
      quarantine: this.#quarantine,
      fetch: options.fetch,
      budget: new ByteBudget({
        bytes: LIMITS.egressBudgetBytes,
        domainBytes: LIMITS.egressDomainBudgetBytes,
      }),
      nextId: () => ++this.#lastId,
      killCellDuringStep: options.killCellDuringStep ?? (() => false),
    };
    if (guestCache === undefined) void this.#compileGuest();
  }

  openSession(...[options, inputs]: Parameters<Sandbox["openSession"]>): Session {
    return new Session(this.#dependencies, options, inputs);
  }

  readDefinition(domain: TrustDomain, bundle: Bundle, signal: AbortSignal): Promise<DefinitionReport> {
    return readDefinition(this.#dependencies, { domain, bundle, signal });
  }

  status(): SandboxStatus {
    const cells = [...this.#pool.cells].map((cell) => ({
      id: String(cell.id),
      pid: cell.pid,
      ...(cell.domain === undefined ? {} : { domain: cell.domain }),
      isolates: cell.leases + cell.spares,
      rssMb: Math.round(cell.rssMb),
      limitMb: Math.round(cell.limitMb),
      state: cell.draining ? "draining" : cell.state,
    }));
    return {
      cells,
      capacity: this.#capacity,
      inUse: this.#pool.leases,
      watchdog: this.#watchdog.sight,
      cgroup: { enforced: this.#groups.enforced, reason: this.#groups.reason },
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#pool.stop(), this.#compiler.stop()]);
    await this.#watchdog.stop();
  }

  #fork(role: CellOptions["role"]): CellProcess {
    return new CellProcess({
      id: ++this.#lastCell,
      role,
      code: this.#code,
      guestCache: this.#guestCache,
      watchdog: this.#watchdog,
      groups: this.#groups,
      events: {
        burstIsLong: (cell, run) => this.#noteBurst(cell, run),
        changed: () => this.#pool.pump(),
        compiled: (id, cache) => this.#compiler.compiled(id, cache),
        overran: (cell, sha256) => this.#quarantine.makeExclusive(versionKeyOf(cell.domainKey ?? "", sha256)),
        cacheRejected: (cell, sha256) => this.#forgetCache(cell, sha256),
      },
    });
  }

  /** Spares that hung in a cell without a run are nobody's run: its versions are evaluated for runs alone then. */
  #noteEnd(cell: CellProcess, { culprit }: Death): void {
    if (culprit === undefined || culprit >= 0) return;
    for (const sha256 of cell.bundles)
      this.#quarantine.forbidSpares(versionKeyOf(cell.domainKey ?? "", sha256));
  }

  #forgetCache(cell: CellProcess, sha256: string | undefined): void {
    if (sha256 !== undefined) {
      this.#onCacheRejected(`bundle ${sha256} in cell ${cell.id}`);
      void this.#dependencies.bundles.forgetCache(cell.domainKey ?? "", sha256);
    } else if (this.#guestCache !== undefined) {
      this.#guestCache = undefined;
      this.#onCacheRejected("the guest's runtime");
      void this.#compileGuest();
    }
  }

  #noteBurst(cell: CellProcess, run: number): void {
    const versionKey = cell.versionOf(run);
    if (versionKey === undefined) return;
    const timer = setTimeout(() => {
      if (cell.longBurst?.run === run) this.#quarantine.makeExclusive(versionKey);
    }, LONG_BURST_MS);
    timer.unref();
  }

  /** Once per version of the runtime: cells forked from then on start their isolates from V8's code cache. */
  async #compileGuest(): Promise<void> {
    const cache = await this.#compiler.compile(this.#code.guestCode, GUEST_FILE_NAME);
    if (cache === undefined) return;
    this.#guestCache = cache;
    // A cache folder that cannot be written costs later starts a few milliseconds, nothing else.
    await writeAtomically(this.#code.guestCacheFile, cache).catch(() => {});
  }
}

async function readCache(code: CellCode): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(code.guestCacheFile));
  } catch {
    return undefined; // not made yet
  }
}
