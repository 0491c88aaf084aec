import { readdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createId } from "#contract/create-id.ts";
import { EngineError } from "#contract/errors.ts";
import type { Bundle, Sandbox } from "#contract/sandbox.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import type { SoakReport } from "./run.ts";

/**
 * 20,000 executions in cells that are never recycled: memory of host and cells, isolates, handles and file descriptors
 * have to be after the last what they were after the first few thousand. Then 2,000 trust domains in turn: each cell
 * serves what has come together for its domain, and nobody waits without end.
 */
const EXECUTIONS = 20_000;
const WARM_UP = 4_000;
const AT_ONCE = 8;
const MOST_GROWTH_MB = 48;
const DOMAINS = 2_000;
const MOST_CELLS = 8;
/** Executions that arrive together for a domain. */
const TOGETHER = 3;
const MOST_WAIT_MS = 20_000;

const bundle = bundleOf(`
  work: async ({ fetch, config }) => {
    const url = new URL("https://a.example/?q=1");
    console.log("line", url.href);
    await new Promise((done) => setTimeout(done, 1));
    await fetch("https://a.example/").catch(() => {});
    if (config.n % 10 === 0) throw new Error("now and then");
    return { n: config.n, text: "x".repeat(2_000) };
  }`);

interface Sizes {
  hostMb: number;
  cellMb: number;
  isolates: number;
  handles: number;
  hostFiles: number;
  cellFiles: number;
}

export async function run(): Promise<SoakReport> {
  const leaks = await runMany();
  const domains = await runDomains();
  return { lines: [...leaks.lines, ...domains.lines], problems: [...leaks.problems, ...domains.problems] };
}

async function runMany(): Promise<SoakReport> {
  const sandbox = await createSandbox({
    fetch: noNetwork,
    maxCells: 2,
    executionsPerCell: Number.POSITIVE_INFINITY,
  });
  try {
    await runExecutions(sandbox, WARM_UP);
    const before = await measure(sandbox);
    await runExecutions(sandbox, EXECUTIONS);
    const after = await measure(sandbox);
    const problems = compare(before, after);
    return {
      lines: [`after ${WARM_UP}: ${describe(before)}`, `after ${EXECUTIONS} more: ${describe(after)}`],
      problems,
    };
  } finally {
    await sandbox.stop();
  }
}

async function runExecutions(sandbox: Sandbox, count: number): Promise<void> {
  let next = 0;
  const domain = { organizationId: "soak", integrationId: "leaks" };
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < count) await runOne(sandbox, domain, (next += 1));
    }),
  );
}

async function runOne(
  sandbox: Sandbox,
  domain: { organizationId: string; integrationId: string },
  n: number,
) {
  const session = sandbox.openSession(
    { domain, bundle, executionId: createId(), flowKey: "flow", permissions: {} },
    {
      trigger: {
        kind: "test",
        method: "POST",
        path: "/",
        query: "",
        headers: [],
        body: { encoding: "utf8", data: "{}" },
        receivedAtMs: Date.now(),
      },
      configJson: JSON.stringify({ n }),
      outputs: () => new Map(),
    },
  );
  const request = {
    path: "work",
    stepKey: "work",
    attempt: 1,
    timeoutMs: 30_000,
    idempotencyKey: createId(),
  };
  const report = await session.runStep(request, AbortSignal.timeout(60_000));
  session.close();
  return report;
}

/** Once what was let go of is gone. */
async function measure(sandbox: Sandbox): Promise<Sizes> {
  await sleep(3_000);
  const { cells } = sandbox.status();
  const pids = cells.map(({ pid }) => pid);
  const most = (values: number[]) => Math.max(0, ...values);
  return {
    hostMb: process.memoryUsage.rss() / 1_048_576,
    cellMb: most(pids.map(rssOf)),
    isolates: cells.reduce((sum, { isolates }) => sum + isolates, 0),
    handles: process.getActiveResourcesInfo().length,
    hostFiles: readdirSync("/proc/self/fd").length,
    cellFiles: most(pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length)),
  };
}

function compare(before: Sizes, after: Sizes): string[] {
  const grown = (name: keyof Sizes, by: number) =>
    after[name] - before[name] > by
      ? [`${name} grew from ${before[name].toFixed(0)} to ${after[name].toFixed(0)}`]
      : [];
  return [
    ...grown("hostMb", MOST_GROWTH_MB),
    ...grown("cellMb", MOST_GROWTH_MB),
    ...grown("isolates", 2),
    ...grown("handles", 4),
    ...grown("hostFiles", 4),
    ...grown("cellFiles", 2),
  ];
}

async function runDomains(): Promise<SoakReport> {
  let cellsEnded = 0;
  const sandbox = await createSandbox({
    fetch: noNetwork,
    maxCells: MOST_CELLS,
    onCellEnded: () => (cellsEnded += 1),
  });
  const waits: number[] = [];
  let failed = 0;
  let next = 0;
  const startedAt = performance.now();
  const serve = async () => {
    while (next < DOMAINS) {
      const domain = { organizationId: "soak", integrationId: `domain ${(next += 1)}` };
      const reports = await Promise.all(
        Array.from({ length: TOGETHER }, (_, n) => runOne(sandbox, domain, n + 1)),
      );
      waits.push(...reports.map(({ timings }) => timings.waitMs));
      failed += reports.filter(({ outcome }) => outcome !== "ok").length;
    }
  };
  try {
    await Promise.all(Array.from({ length: MOST_CELLS }, serve));
  } finally {
    await sandbox.stop();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const longestMs = waits.reduce((most, one) => Math.max(most, one), 0);
  const perDomain = cellsEnded / DOMAINS;
  const lines = [
    `${DOMAINS} domains in turn, ${TOGETHER} executions each, ${MOST_CELLS} cells: ${seconds.toFixed(0)} s, ${perDomain.toFixed(2)} cells a domain, longest wait ${longestMs.toFixed(0)} ms`,
  ];
  const problems = [
    ...(failed > 0 ? [`${failed} executions of ${DOMAINS} domains failed`] : []),
    ...(perDomain > 1.2 ? [`${perDomain.toFixed(2)} cells were forked for each domain`] : []),
    ...(longestMs > MOST_WAIT_MS ? [`an execution waited ${longestMs.toFixed(0)} ms for its cell`] : []),
  ];
  return { lines, problems };
}

function describe(sizes: Sizes): string {
  return Object.entries(sizes)
    .map(([name, value]) => `${name} ${Number(value).toFixed(0)}`)
    .join(", ");
}

function rssOf(pid: number): number {
  const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb ?? 0) / 1024;
}

function bundleOf(steps: string): Bundle {
  const code = `globalThis.__millraceIntegration = { definition: { flows: [] }, functions: { flow: { ${steps} } } };`;
  return { sha256: createHash("sha256").update(code).digest("hex"), load: () => Promise.resolve({ code }) };
}

function noNetwork(): Promise<never> {
  return Promise.reject(new EngineError("engine/unavailable", "there is no network in this soak"));
}
