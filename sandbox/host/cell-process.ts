import { fork, type ChildProcess } from "node:child_process";
import { basename } from "node:path";
import type { SandboxLogLine, TrustDomain } from "#contract/sandbox.ts";
import type { CellMessage, FetchHeader, HostMessage, RunResult, SelfTestReport } from "../protocol.ts";
import { cellFlags } from "./cell-flags.ts";
import { offerToOomKiller, type CellGroups } from "./cell-group.ts";
import type { CellCode } from "./compile-cell-code.ts";
import { parseCellMessage } from "./parse-cell-message.ts";
import type { Watchdog, WatchdogKill } from "./watchdog.ts";
import type { Usage } from "./watchdog-messages.ts";

/**
 * One cell: a child process without network, files, environment or a compiler.
 *
 *   starting → ready (a spare, belongs to nobody) → bound (to one trust domain, for good) → dead
 *
 * Invariants: 1. it is sent work only after its self-test; 2. it never leaves its domain; 3. each run that it
 * was given ends by exactly one call of its observer, `result` or `died`; 4. it ends by SIGKILL alone.
 */
const BURST_GRACE_MS = 100;
/** Twins of the cell's own allowance for a busy machine (sandbox/cell/runner.ts). */
const WALL_PER_CPU = 1.5;
const WALL_GRACE_MS = 50;
const STDERR_CHARACTERS = 4_000;
/** What a cell may grow by beyond its base and its isolates. */
const SPARE_RSS_MB = 256;
/** Sizes are told once a second: only after this is a size that of an idle cell. */
const GROWN_IDLE_MS = 5_000;
/** Measured: an empty isolate takes 1.5 MB, up to 2.4 when many have come and gone; a bundle 11 bytes a character. */
const ISOLATE_MB = 2.5;
const BYTES_PER_CHARACTER = 12;
const START_TIMEOUT_MS = 20_000;
/** Both threads of a cell answer a ping between two bursts; one that does not for so long is ended. */
const SILENT_MS = 5_000;
const PING_MS = 1_000;

export type DeathReason =
  | WatchdogKill
  | "cancelled"
  | "recycled"
  | "stopped"
  | "test"
  | "silent"
  | "broke-protocol"
  | "died";

export interface Death {
  reason: DeathReason;
  /** The run that passed the limit, where it is certain. */
  culprit?: number;
  usage?: Usage;
  /** V8's last words, for telling memory from other ends. */
  stderr: string;
}

export interface RunObserver {
  result(result: RunResult): void;
  died(death: Death): void;
  fetch(header: FetchHeader, body: string): void;
  fetchAborted(id: number): void;
  logs(from: number, lines: SandboxLogLine[]): void;
}

export interface CellEvents {
  burstIsLong(cell: CellProcess, run: number): void;
  changed(cell: CellProcess): void;
  compiled(id: number, cache: Uint8Array | undefined): void;
  /** The cell is ended for what a run of this bundle has left at work. */
  overran(cell: CellProcess, sha256: string): void;
  /** Of a bundle; undefined: of the guest's runtime. */
  cacheRejected(cell: CellProcess, sha256: string | undefined): void;
}

export interface CellOptions {
  id: number;
  role: "run" | "compile";
  code: CellCode;
  guestCache: Uint8Array | undefined;
  watchdog: Watchdog;
  groups: CellGroups;
  events: CellEvents;
}

export class CellProcess {
  readonly id: number;
  readonly exited: Promise<Death>;
  readonly pid: number;
  domain: TrustDomain | undefined;
  domainKey: string | undefined;
  /** One execution at a time, for those that have done harm or take long. */
  exclusive = false;
  draining = false;
  leases = 0;
  executions = 0;
  idleSinceMs = Date.now();
  boundAtMs = 0;
  rssMb = 0;
  spares = 0;
  /** Characters of the largest bundle it holds: sets what an isolate may weigh. */
  bundleCharacters = 0;
  readonly bundles = new Set<string>();
  selfTest: SelfTestReport | undefined;
  longBurst: { run: number; sinceMs: number } | undefined;
  #state: "starting" | "ready" | "bound" | "dead" = "starting";
  #baseRssMb = 60;
  /** The most it has held at once: what they took is kept by the allocator after they are gone. */
  #mostIsolates = 1;
  #groupLimitMb = 0;
  #death: Omit<Death, "stderr"> | undefined;
  #stderr = "";
  #ping: { sentAtMs: number; answered: boolean } = { sentAtMs: 0, answered: true };
  readonly #child: ChildProcess;
  readonly #runs = new Map<number, RunObserver>();
  /** Of messages that the channel still holds. */
  readonly #undelivered = new Set<() => void>();
  readonly #versions = new Map<number, string>();
  readonly #options: CellOptions;
  #readyOrFailed: { resolve(): void; reject(error: Error): void } | undefined;
  readonly ready: Promise<void>;

  constructor(options: CellOptions) {
    this.#options = options;
    this.id = options.id;
    this.#child = fork(options.code.mainFile, [basename(options.code.threadFile)], {
      execPath: process.execPath,
      execArgv: cellFlags(options.code),
      env: {},
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.pid = this.#child.pid ?? 0;
    this.ready = this.#started();
    this.ready.catch(() => {}); // whoever waits for it hears of it; a spare that failed is looked at by the pool
    this.exited = this.#ended();
    this.#child.on("message", (message) => this.#receive(message));
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString("utf8")).slice(-STDERR_CHARACTERS);
    });
    const { code, guestCache, role } = options;
    this.send({
      type: "start",
      role,
      guestCode: code.guestCode,
      libraries: code.libraries,
      ...(guestCache === undefined ? {} : { guestCache }),
    });
  }

  get state(): "starting" | "ready" | "bound" | "dead" {
    return this.#state;
  }

  /** Domain and bundle of a run under way. */
  versionOf(run: number): string | undefined {
    return this.#versions.get(run);
  }

  get runs(): number {
    return this.#runs.size;
  }

  bind(domain: TrustDomain, domainKey: string): void {
    if (this.#state !== "ready") throw new Error(`Cell ${this.id} is ${this.#state}: it cannot be bound`);
    this.#state = "bound";
    this.domain = domain;
    this.domainKey = domainKey;
    this.boundAtMs = Date.now();
  }

  /** `delivered` is called once, when the cell has taken the message or is gone. */
  send(message: HostMessage, delivered?: () => void): void {
    if (this.#state === "dead" || !this.#child.connected) return delivered?.();
    if (delivered !== undefined) this.#undelivered.add(delivered);
    // An error here means that the channel closed: the exit says the rest.
    this.#child.send(message, () => {
      if (delivered !== undefined && this.#undelivered.delete(delivered)) delivered();
    });
  }

  startRun(
    message: Extract<HostMessage, { run: number; type: "step" | "definition" }>,
    observer: RunObserver,
  ): void {
    if (this.#state === "dead") return observer.died({ reason: "died", stderr: "" });
    this.#runs.set(message.run, observer);
    this.#versions.set(message.run, versionKeyOf(this.domainKey ?? "", message.sha256));
    this.setLimits();
    this.send(message);
  }

  /** Its result, if one comes after all, is of no interest. */
  forgetRun(run: number): void {
    this.#runs.delete(run);
    this.#versions.delete(run);
  }

  kill(reason: DeathReason, culprit?: number): void {
    this.#death ??= { reason, ...(culprit === undefined ? {} : { culprit }) };
    this.#child.kill("SIGKILL");
  }

  killedByWatchdog(reason: WatchdogKill, usage: Usage): void {
    const culprit = this.longBurst?.run;
    this.#death ??= { reason, usage, ...(culprit === undefined ? {} : { culprit }) };
  }

  sized(rssMb: number): void {
    this.rssMb = rssMb;
  }

  /**
   * Asks both threads for a sign of life now and then, and ends the cell that gives none. A long burst is no silence:
   * it has its own limits.
   */
  checkAlive(nowMs: number): void {
    if (this.#state !== "ready" && this.#state !== "bound") return;
    const { sentAtMs, answered } = this.#ping;
    if (this.longBurst !== undefined) this.#ping = { sentAtMs: nowMs, answered: true };
    else if (!answered && nowMs - sentAtMs > SILENT_MS) this.kill("silent");
    else if (answered && nowMs - sentAtMs > PING_MS) {
      this.#ping = { sentAtMs: nowMs, answered: false };
      this.send({ type: "ping" });
    }
  }

  /** Has it kept more memory than it should, although nothing has been in it for a while? */
  get isGrown(): boolean {
    const isIdle = this.leases === 0 && Date.now() - this.idleSinceMs > GROWN_IDLE_MS;
    return isIdle && this.rssMb > this.#baseRssMb + SPARE_RSS_MB / 2;
  }

  setLimits(): void {
    this.#mostIsolates = Math.max(this.#mostIsolates, this.leases + this.spares + 1);
    const { watchdog, groups } = this.#options;
    const isActive = this.#runs.size > 0 || this.#state === "starting" || this.#options.role === "compile";
    watchdog.limit(this, this.limitMb, isActive);
    if (this.limitMb === this.#groupLimitMb || this.#state === "dead") return;
    this.#groupLimitMb = this.limitMb;
    groups.limit(this.pid, this.limitMb);
  }

  /** Resident memory beyond which it is ended. */
  get limitMb(): number {
    const isolateMb = Math.max(ISOLATE_MB, (this.bundleCharacters * BYTES_PER_CHARACTER) / 1_048_576);
    return this.#baseRssMb + this.#mostIsolates * isolateMb + SPARE_RSS_MB;
  }

  #started(): Promise<void> {
    const timeout = setTimeout(() => this.kill("died"), START_TIMEOUT_MS);
    return new Promise<void>((resolve, reject) => {
      this.#readyOrFailed = { resolve, reject };
    }).finally(() => clearTimeout(timeout));
  }

  #ended(): Promise<Death> {
    return new Promise((resolve) => {
      const end = (why: string) => {
        if (this.#state === "dead") return;
        this.#state = "dead";
        this.#options.watchdog.unwatch(this);
        if (this.#child.pid !== undefined) this.#options.groups.remove(this.#child.pid);
        for (const delivered of this.#undelivered) delivered();
        this.#undelivered.clear();
        const death: Death = { ...(this.#death ?? { reason: "died" }), stderr: this.#stderr };
        this.#readyOrFailed?.reject(
          new Error(`Cell ${this.id} ended at its start (${why}): ${this.#stderr.trim()}`),
        );
        const observers = [...this.#runs.values()];
        this.#runs.clear();
        for (const observer of observers) observer.died(death);
        resolve(death);
        this.#options.events.changed(this);
      };
      this.#child.once("exit", (code, signal) => end(String(signal ?? code)));
      this.#child.once("error", (error) => end(error.message));
      if (this.#child.pid === undefined) return;
      this.#options.watchdog.watch(this, this.#child.pid);
      this.#options.groups.add(this.#child.pid);
      offerToOomKiller(this.#child.pid);
    });
  }

  #receive(value: unknown): void {
    const message = parseCellMessage(value);
    if (message === undefined) return this.kill("broke-protocol");
    switch (message.type) {
      case "ready":
        return this.#becomeReady(message.selfTest);
      case "result":
        return this.#finishRun(message.run, message.result);
      case "fetch":
        return this.#runs.get(message.run)?.fetch(message.header, message.body);
      case "fetch-abort":
        return this.#runs.get(message.run)?.fetchAborted(message.id);
      case "logs":
        return this.#runs.get(message.run)?.logs(message.from, message.lines);
      case "spares":
        this.spares = message.count;
        return this.setLimits();
      case "pong":
        this.#ping.answered = true;
        return;
      case "cache-rejected":
        return this.#options.events.cacheRejected(this, message.sha256);
      case "overrun":
        this.#options.events.overran(this, message.sha256);
        return this.kill("cpu", message.run);
      case "compiled":
        // A cell that runs authors' code has nothing to say of anybody's code cache.
        if (this.#options.role !== "compile") return this.kill("broke-protocol");
        return this.#options.events.compiled(message.id, message.cache);
      case "burst":
      case "burst-end":
        return this.#burst(message);
    }
  }

  #becomeReady(selfTest: SelfTestReport): void {
    if (this.#state !== "starting") return;
    this.selfTest = selfTest;
    if (selfTest.failures.length > 0) {
      this.#readyOrFailed?.reject(
        new Error(`Cell ${this.id} failed its self-test: ${selfTest.failures.join("; ")}`),
      );
      return this.kill("died");
    }
    this.#state = "ready";
    this.#baseRssMb = selfTest.rssMb;
    this.rssMb = selfTest.rssMb;
    this.setLimits();
    this.#readyOrFailed?.resolve();
    this.#options.events.changed(this);
  }

  #finishRun(run: number, result: RunResult): void {
    const observer = this.#runs.get(run);
    this.#runs.delete(run);
    if (this.#runs.size === 0) this.setLimits();
    observer?.result(result);
  }

  #burst(message: Extract<CellMessage, { type: "burst" | "burst-end" }>): void {
    const { watchdog, events } = this.#options;
    if (message.type === "burst-end") {
      this.longBurst = undefined;
      watchdog.burstEnd(this);
      return events.changed(this);
    }
    this.longBurst = { run: message.run, sinceMs: Date.now() };
    const cpuWallMs = message.cpuLeftMs * WALL_PER_CPU + WALL_GRACE_MS;
    watchdog.burst(this, {
      withinMs: Math.min(cpuWallMs, message.wallLeftMs) - message.sinceMs + BURST_GRACE_MS,
      cpuMs: cpuWallMs - message.sinceMs + BURST_GRACE_MS,
      cpuBound: cpuWallMs <= message.wallLeftMs,
    });
    events.burstIsLong(this, message.run);
  }
}

/** A bundle within its domain. */
export function versionKeyOf(domainKey: string, sha256: string): string {
  return `${domainKey} ${sha256}`;
}
