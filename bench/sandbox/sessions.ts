import { createHash } from "node:crypto";
import type { Bundle, Sandbox, StepReport } from "#contract/sandbox.ts";

/** Executions as the engine runs them: one session, its steps one after another, outputs kept by the caller. */
export const DOMAIN = { organizationId: "bench", integrationId: "bench" };

export function bundleOf(steps: string, prologue = ""): Bundle {
  const code = `(() => { ${prologue}
globalThis.__millraceIntegration = { definition: { flows: [] }, functions: { flow: { ${steps} } } }; })();`;
  const sha256 = createHash("sha256").update(code).digest("hex");
  return { sha256, load: () => Promise.resolve({ code }) };
}

export interface Execution {
  steps: readonly string[];
  bundle: Bundle;
  bodyText?: string;
}

export interface Executed {
  ms: number;
  /** Of each step. */
  stepMs: number[];
  reports: StepReport[];
}

const never = new AbortController().signal;
let last = 0;

export async function execute(
  sandbox: Sandbox,
  { steps, bundle, bodyText = "{}" }: Execution,
): Promise<Executed> {
  const outputs = new Map<string, string>();
  last += 1;
  const executionId = `bench-${last}`;
  const session = sandbox.openSession(
    { domain: DOMAIN, bundle, executionId, flowKey: "flow", permissions: {} },
    {
      trigger: {
        kind: "webhook",
        method: "POST",
        path: "/",
        query: "",
        headers: [["content-type", "application/json"]],
        body: { encoding: "utf8", data: bodyText },
        receivedAtMs: Date.now(),
      },
      configJson: "{}",
      outputs: () => outputs,
    },
  );
  const stepMs: number[] = [];
  const reports: StepReport[] = [];
  const startedAt = performance.now();
  for (const key of steps) {
    const stepFrom = performance.now();
    const request = { path: key, stepKey: key, attempt: 1, timeoutMs: 30_000, idempotencyKey: key };
    const report = await session.runStep(request, never);
    if (report.outcome !== "ok") throw new Error(`Step ${key}: ${JSON.stringify(report.error)}`);
    stepMs.push(performance.now() - stepFrom);
    reports.push(report);
    outputs.set(key, report.outputJson ?? "null");
  }
  const ms = performance.now() - startedAt;
  session.close();
  return { ms, stepMs, reports };
}

/** Keeps `inFlight` of `work` under way until the time is up, each once at least; how many were finished. */
export async function saturate(
  inFlight: number,
  seconds: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const until = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      do {
        await work();
        done += 1;
      } while (performance.now() < until);
    }),
  );
  return done;
}

export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}
