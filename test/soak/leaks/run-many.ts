import type { Sandbox } from "#contract/sandbox.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import type { SoakReport } from "../run.ts";
import { noNetwork, runOne } from "./run-one.ts";
import { describeSizes, measureSizes, type Sizes } from "./sizes.ts";
import { growthOver } from "./trend.ts";

/**
 * 20,000 executions in two cells that are never recycled. Everything is measured each 1,000 executions, and judged by the
 * line that fits the second half of those measurements: where it leads after 20,000 more.
 */
const EXECUTIONS = 20_000;
const BETWEEN = 1_000;
const AT_ONCE = 8;
/**
 * An execution that left its isolate would cost 1.5 MB, one that left a closure on each side some kilobytes: 20,000 times
 * that passes these bounds many times over. What is below them is the allocators' noise.
 */
const MOST_GROWTH: Record<keyof Sizes, number> = {
  hostMb: 32,
  hostHeapMb: 4,
  cellMb: 32,
  isolates: 2,
  handles: 4,
  hostFiles: 2,
  cellFiles: 2,
};

export async function runMany(): Promise<SoakReport> {
  const sandbox = await createSandbox({
    fetch: noNetwork,
    maxCells: 2,
    executionsPerCell: Number.POSITIVE_INFINITY,
  });
  const measured: Sizes[] = [];
  let unexpected = 0;
  try {
    for (let done = BETWEEN; done <= EXECUTIONS; done += BETWEEN) {
      unexpected += await runExecutions(sandbox, BETWEEN);
      const sizes = await measureSizes(sandbox);
      measured.push(sizes);
      console.log(
        `after ${done} executions, ${unexpected} with an unexpected outcome: ${describeSizes(sizes)}`,
      );
    }
  } finally {
    await sandbox.stop();
  }
  const report = judge(measured);
  if (unexpected > 0) report.problems.push(`${unexpected} executions did not end as their code says`);
  return report;
}

/** How many ended otherwise than their code says: each tenth throws. */
async function runExecutions(sandbox: Sandbox, count: number): Promise<number> {
  let next = 0;
  let unexpected = 0;
  const domain = { organizationId: "soak", integrationId: "leaks" };
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < count) {
        const n = (next += 1);
        const { outcome } = await runOne(sandbox, domain, n);
        if (outcome !== (n % 10 === 0 ? "threw" : "ok")) unexpected += 1;
      }
    }),
  );
  return unexpected;
}

function judge(measured: readonly Sizes[]): SoakReport {
  const half = measured.slice(measured.length / 2);
  const lines: string[] = [];
  const problems: string[] = [];
  for (const name of Object.keys(MOST_GROWTH) as (keyof Sizes)[]) {
    const values = half.map((sizes) => sizes[name]);
    const growth = growthOver(EXECUTIONS / BETWEEN, values);
    const line = `${name}: ${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} over the second half, ${growth.toFixed(1)} more after ${EXECUTIONS} more executions by its slope (at most ${MOST_GROWTH[name]})`;
    lines.push(line);
    if (growth > MOST_GROWTH[name]) problems.push(`grows: ${line}`);
  }
  return { lines, problems };
}
