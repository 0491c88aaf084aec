import type { CellProcess } from "./cell-process.ts";

/**
 * A cell that only compiles: it makes V8's code caches and never runs any author's code, so that no tenant can
 * put code into another's cache. Forked when needed, ended when it has had nothing to do for a while.
 *
 * Source text can be written that a compiler needs minutes for: so it is one script at a time, with a time of its own,
 * and whoever comes after it finds a new cell.
 */
const IDLE_MS = 5_000;
const COMPILE_MS = 5_000;

export class CompileCell {
  readonly #fork: () => CellProcess;
  readonly #waiting = new Map<number, (cache: Uint8Array | undefined) => void>();
  #tail: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #cell: CellProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  #stopped = false;
  readonly #compileMs: number;

  constructor(forkCompiler: () => CellProcess, compileMs: number = COMPILE_MS) {
    this.#fork = forkCompiler;
    this.#compileMs = compileMs;
  }

  /** V8's code cache for a script, or undefined where there is none to be had: it only costs time. */
  compile(code: string, fileName: string): Promise<Uint8Array | undefined> {
    this.#queued += 1;
    const compiled = this.#tail.then(() => this.#compileNow(code, fileName));
    this.#tail = compiled.finally(() => {
      this.#queued -= 1;
      this.#armIdle();
    });
    return compiled;
  }

  async #compileNow(code: string, fileName: string): Promise<Uint8Array | undefined> {
    if (this.#stopped) return undefined;
    const cell = this.#ensure();
    try {
      await cell.ready;
    } catch {
      return undefined; // the pool's own cells fail the same way and are reported there
    }
    const id = ++this.#lastId;
    const late = setTimeout(() => cell.kill("silent"), this.#compileMs);
    const cache = await new Promise<Uint8Array | undefined>((resolve) => {
      this.#waiting.set(id, resolve);
      // Nobody waits any more: it died as it was asked.
      if (cell.state === "dead") resolve(undefined);
      cell.send({ type: "compile", id, code, fileName });
    });
    clearTimeout(late);
    return cache;
  }

  compiled(id: number, cache: Uint8Array | undefined): void {
    this.#waiting.get(id)?.(cache);
    this.#waiting.delete(id);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
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
    if (this.#queued > 0) return;
    this.#idle = setTimeout(() => this.#cell?.kill("recycled"), IDLE_MS);
    this.#idle.unref();
  }
}
