import type { Sandbox } from "#contract/sandbox.ts";
import { bundleOf, NEIGHBOUR, openExecution, stepRequest } from "./executions.ts";

/** An honest customer in a cell of its own: twenty steps a second, while others attack. */
const EVERY_MS = 50;
const TIMEOUT_MS = 10_000;
/** Two seconds' worth: on a machine that cannot keep up more would only pile up. */
const MOST_UNDER_WAY = 40;
/** Between two percentiles nobody could tell apart. */
const LEAST_P95_MS = 10;

const bundle = bundleOf({ echo: `({ config, input }) => [config.secret, input.n]` });

export class Neighbour {
  readonly #sandbox: Sandbox;
  readonly #secret: string;
  readonly #timer: NodeJS.Timeout;
  readonly #underWay = new Set<Promise<void>>();
  #problems: string[] = [];
  #tookMs: { quiet: number[]; attacked: number[] } = { quiet: [], attacked: [] };
  #count = 0;
  /** Whether somebody attacks now: its steps are counted apart. */
  phase: "quiet" | "attacked" = "quiet";

  constructor(sandbox: Sandbox, secret: string) {
    this.#sandbox = sandbox;
    this.#secret = secret;
    this.#timer = setInterval(() => {
      if (this.#underWay.size >= MOST_UNDER_WAY) return;
      const one = this.#run();
      this.#underWay.add(one);
      void one.finally(() => this.#underWay.delete(one));
    }, EVERY_MS);
  }

  takeProblems(): string[] {
    const taken = this.#problems;
    this.#problems = [];
    return taken;
  }

  /** What was counted until now counts no more: its first cell had to be forked. */
  forget(): void {
    this.#tookMs = { quiet: [], attacked: [] };
  }

  /** Steps in a phase, and the time that 95 of 100 were below. */
  latency(phase: "quiet" | "attacked"): { steps: number; p95Ms: number } {
    const sorted = this.#tookMs[phase].toSorted((a, b) => a - b);
    return { steps: sorted.length, p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0 };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  async #run(): Promise<void> {
    const n = (this.#count += 1);
    const config = { secret: this.#secret };
    const session = openExecution(this.#sandbox, { domain: NEIGHBOUR, bundle, input: { n }, config });
    const startedAt = performance.now();
    const { phase } = this;
    const report = await session.runStep(stepRequest("echo", TIMEOUT_MS), AbortSignal.timeout(TIMEOUT_MS));
    this.#tookMs[phase].push(performance.now() - startedAt);
    session.close();
    if (report.outcome !== "ok") this.#problems.push(`${report.outcome}: ${report.error?.message}`);
    else if (report.outputJson !== JSON.stringify([this.#secret, n]))
      this.#problems.push(`it was given ${report.outputJson?.slice(0, 100)}`);
  }
}

/** By how much attacks slowed the neighbour; what is too short to be told apart counts as the same. */
export function slowdownOf(quietMs: number, attackedMs: number): number {
  return Math.max(attackedMs, LEAST_P95_MS) / Math.max(quietMs, LEAST_P95_MS);
}
