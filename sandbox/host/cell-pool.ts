import { availableParallelism } from "node:os";
import type { TrustDomain } from "#contract/sandbox.ts";
import { EngineError } from "#contract/errors.ts";
import { ISOLATES_PER_CELL } from "../protocol.ts";
import type { CellProcess, Death } from "./cell-process.ts";

/**
 * Which cell an execution gets. Cells are forked ahead, bound at first use to one trust domain and never moved.
 *
 * Invariants: 1. at most `maxCells` are alive, and `maxLeases` are given; 2. a cell holds at most
 * `ISOLATES_PER_CELL` leases, an exclusive one holds one; 3. who waits is served in order of arrival, as far as a
 * place that fits is there; 4. a cell that drains or runs a long burst takes nothing new; 5. nobody waits for
 * ever: for who has waited `STAY_MS` in vain a busy cell is drained; 6. executions that must be alone, since their
 * version did harm, have at most half of the cells for each domain: harm shall not buy places that others need.
 */
const STAY_MS = 2_000;
/** All cells of a domain that have room are in long bursts: wait so long before taking another. */
const STUCK_MS = 250;
const IDLE_MS = 60_000;
const REVIEW_MS = 250;
const FORK_FAILURES_TOLD = 3;

export interface CellPoolOptions {
  maxCells: number;
  /** In all cells together. */
  maxLeases: number;
  /** Kept forked and unbound. */
  spareCells: number;
  executionsPerCell: number;
  fork(): CellProcess;
  onProblem(problem: string | undefined): void;
  onEnded(cell: CellProcess, death: Death): void;
}

interface Waiting {
  domain: TrustDomain;
  domainKey: string;
  exclusive: boolean;
  sinceMs: number;
  resolve(cell: CellProcess): void;
  reject(error: unknown): void;
}

export class CellPool {
  readonly #options: CellPoolOptions;
  readonly #cells = new Set<CellProcess>();
  readonly #waiting = new Set<Waiting>();
  readonly #review: NodeJS.Timeout;
  #failures = 0;
  #retryAtMs = 0;
  #stopped = false;

  constructor(options: CellPoolOptions) {
    this.#options = options;
    this.#review = setInterval(() => this.#lookAround(), REVIEW_MS);
    this.#review.unref();
    this.pump();
  }

  get cells(): ReadonlySet<CellProcess> {
    return this.#cells;
  }

  get leases(): number {
    return [...this.#cells].reduce((sum, cell) => sum + cell.leases, 0);
  }

  /** A cell of the domain with a place kept in it. Rejects when the signal aborts or the pool stops. */
  async lease(
    domain: TrustDomain,
    options: { exclusive: boolean; signal: AbortSignal },
  ): Promise<CellProcess> {
    options.signal.throwIfAborted();
    if (this.#stopped) throw stopped();
    const { promise, resolve, reject } = Promise.withResolvers<CellProcess>();
    const waiting: Waiting = {
      domain,
      domainKey: domainKeyOf(domain),
      exclusive: options.exclusive,
      sinceMs: Date.now(),
      resolve,
      reject,
    };
    const abort = () => {
      if (this.#waiting.delete(waiting)) reject(options.signal.reason);
    };
    options.signal.addEventListener("abort", abort, { once: true });
    this.#waiting.add(waiting);
    this.pump();
    try {
      return await promise;
    } finally {
      options.signal.removeEventListener("abort", abort);
    }
  }

  release(cell: CellProcess): void {
    cell.leases -= 1;
    if (cell.leases === 0) {
      cell.exclusive = false;
      cell.idleSinceMs = Date.now();
    }
    if (cell.executions >= this.#options.executionsPerCell) cell.draining = true;
    if (cell.draining && cell.leases === 0) cell.kill("recycled");
    this.pump();
  }

  /** Serves who waits, and keeps spares forked. Called whenever something about a cell has changed. */
  pump(): void {
    if (this.#stopped) return;
    for (const waiting of this.#waiting) {
      if (this.leases >= this.#options.maxLeases) break;
      const cell = this.#find(waiting);
      if (cell === undefined) continue;
      this.#waiting.delete(waiting);
      cell.leases += 1;
      cell.executions += 1;
      cell.exclusive = waiting.exclusive;
      cell.setLimits();
      waiting.resolve(cell);
    }
    this.#keepSpares();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#review);
    for (const waiting of this.#waiting) waiting.reject(stopped());
    this.#waiting.clear();
    const cells = [...this.#cells];
    for (const cell of cells) cell.kill("stopped");
    await Promise.all(cells.map((cell) => cell.exited));
  }

  #find(waiting: Waiting): CellProcess | undefined {
    if (this.#hasItsShare(waiting)) return undefined;
    const own = [...this.#cells].filter(
      (cell) => cell.state === "bound" && cell.domainKey === waiting.domainKey,
    );
    const most = waiting.exclusive ? 1 : ISOLATES_PER_CELL;
    const roomy = own.filter((cell) => !cell.draining && !cell.exclusive && cell.leases < most);
    const fitting = roomy
      .filter((cell) => cell.longBurst === undefined)
      .sort((left, right) => left.leases - right.leases)[0];
    if (fitting?.leases === 0) return fitting;
    // Another cell of a domain is worth its memory where there is a core for it, or no place in those it has.
    const isWorthIt = own.length < availableParallelism() || roomy.length === 0;
    const isStuck = fitting === undefined && Date.now() - waiting.sinceMs > STUCK_MS;
    return (isWorthIt || isStuck ? this.#bindSpare(waiting) : undefined) ?? fitting;
  }

  #hasItsShare({ exclusive, domainKey }: Waiting): boolean {
    if (!exclusive) return false;
    const alone = [...this.#cells].filter((cell) => cell.exclusive && cell.domainKey === domainKey).length;
    return alone >= Math.max(1, Math.floor(this.#options.maxCells / 2));
  }

  #bindSpare(waiting: Waiting): CellProcess | undefined {
    const spare = [...this.#cells].find((cell) => cell.state === "ready");
    spare?.bind(waiting.domain, waiting.domainKey);
    return spare;
  }

  #keepSpares(): void {
    const unbound = [...this.#cells].filter(
      (cell) => cell.state === "starting" || cell.state === "ready",
    ).length;
    // Each that waits may need a cell of its own; more than are waiting need not be forked at once.
    const wanted = Math.max(this.#options.spareCells, Math.min(this.#waiting.size, availableParallelism()));
    for (let missing = wanted - unbound; missing > 0; missing -= 1) {
      if (Date.now() < this.#retryAtMs) return;
      if (this.#cells.size >= this.#options.maxCells && !this.#evictIdle()) return;
      if (this.#cells.size >= this.#options.maxCells) return;
      this.#fork();
    }
  }

  /** Ends the cell that has been idle longest, if somebody waits for its place and it has stayed long enough. */
  #evictIdle(): boolean {
    if (this.#waiting.size === 0) return false;
    const idle = [...this.#cells]
      .filter((cell) => cell.state === "bound" && cell.leases === 0 && Date.now() - cell.boundAtMs > STAY_MS)
      .sort((left, right) => left.idleSinceMs - right.idleSinceMs)[0];
    if (idle === undefined) return false;
    idle.draining = true;
    idle.kill("recycled");
    this.#cells.delete(idle);
    return true;
  }

  #fork(): void {
    const cell = this.#options.fork();
    this.#cells.add(cell);
    cell.ready.then(
      () => this.#forked(),
      (error: unknown) => this.#forkFailed(error),
    );
    void cell.exited.then((death) => this.#ended(cell, death));
  }

  #forked(): void {
    this.#failures = 0;
    this.#options.onProblem(undefined);
    this.pump();
  }

  #forkFailed(error: unknown): void {
    if (this.#stopped) return;
    this.#failures += 1;
    this.#retryAtMs = Date.now() + Math.min(100 * 2 ** this.#failures, 10_000);
    if (this.#failures < FORK_FAILURES_TOLD) return;
    const problem = `Cells do not start: ${error instanceof Error ? error.message : String(error)}`;
    this.#options.onProblem(problem);
    for (const waiting of this.#waiting) waiting.reject(new EngineError("engine/unavailable", problem));
    this.#waiting.clear();
  }

  #ended(cell: CellProcess, death: Death): void {
    this.#cells.delete(cell);
    this.#options.onEnded(cell, death);
    this.pump();
  }

  /** What no event tells of: cells idle for long or grown, back-off that is over, stays that are over. */
  #lookAround(): void {
    for (const cell of this.#cells) {
      cell.checkAlive(Date.now());
      if (cell.state !== "bound" || cell.leases > 0) continue;
      if (cell.draining || cell.isGrown || Date.now() - cell.idleSinceMs > IDLE_MS) cell.kill("recycled");
    }
    this.pump();
    this.#drainForWaiting();
  }

  /** One cell at a time: the one that has been its domain's for longest. */
  #drainForWaiting(): void {
    const oldest = [...this.#waiting].find((waiting) => !this.#hasItsShare(waiting));
    if (oldest === undefined || Date.now() - oldest.sinceMs < STAY_MS) return;
    const bound = [...this.#cells].filter((cell) => cell.state === "bound");
    if (bound.length < this.#options.maxCells || bound.some((cell) => cell.draining)) return;
    const [longest] = bound.sort((left, right) => left.boundAtMs - right.boundAtMs);
    if (longest !== undefined) longest.draining = true;
  }
}

/** Who shares cells: the organization's integration, or one customer of it. */
export function domainKeyOf(domain: TrustDomain): string {
  return JSON.stringify([domain.organizationId, domain.integrationId, domain.customerId ?? null]);
}

function stopped(): EngineError {
  return new EngineError("engine/unavailable", "The sandbox has been stopped");
}
