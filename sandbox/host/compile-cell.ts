import type { CellProcess } from "./cell-process.ts";

/**
 * A cell that only compiles: it makes V8's code caches and never runs any author's code, so that no tenant can
 * put code into another's cache. Forked when needed, ended when it has had nothing to do for a while.
 */
const IDLE_MS = 5_000;

export class CompileCell {
  readonly #fork: () => CellProcess;
  readonly #waiting = new Map<number, (cache: Uint8Array | undefined) => void>();
  #cell: CellProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(forkCompiler: () => CellProcess) {
    this.#fork = forkCompiler;
  }

  /** V8's code cache for a script, or undefined where there is none to be had: it only costs time. */
  async compile(code: string, fileName: string): Promise<Uint8Array | undefined> {
    const cell = this.#ensure();
    try {
      await cell.ready;
    } catch {
      return undefined; // the pool's own cells fail the same way and are reported there
    }
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      cell.send({ type: "compile", id, code, fileName });
    });
  }

  compiled(id: number, cache: Uint8Array | undefined): void {
    this.#waiting.get(id)?.(cache);
    this.#waiting.delete(id);
    this.#armIdle();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const cell = this.#cell;
    cell?.kill("stopped");
    await cell?.exited;
  }

  #ensure(): CellProcess {
    clearTimeout(this.#idle);
    if (this.#cell !== undefined && this.#cell.state !== "dead") return this.#cell;
    const cell = this.#fork();
    this.#cell = cell;
    void cell.exited.then(() => {
      for (const resolve of this.#waiting.values()) resolve(undefined);
      this.#waiting.clear();
    });
    return cell;
  }

  #armIdle(): void {
    clearTimeout(this.#idle);
    if (this.#waiting.size > 0) return;
    this.#idle = setTimeout(() => this.#cell?.kill("recycled"), IDLE_MS);
    this.#idle.unref();
  }
}
