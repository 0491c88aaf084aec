import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import type { SoakReport } from "../run.ts";
import { noNetwork, runOne } from "./run-one.ts";

/**
 * 2,000 trust domains in turn on 8 cells: each cell serves what has come together for its domain and stays two seconds, so
 * a domain costs one fork, and nobody waits without end.
 */
const DOMAINS = 2_000;
const MOST_CELLS = 8;
/** Executions that arrive together for a domain. */
const TOGETHER = 3;
const MOST_WAIT_MS = 20_000;
const MOST_CELLS_PER_DOMAIN = 1.2;
const BETWEEN = 200;

export async function runDomains(): Promise<SoakReport> {
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
      if (next % BETWEEN === 0)
        console.log(`domain ${next}: ${describe(startedAt, waits, cellsEnded / next)}`);
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
  const perDomain = cellsEnded / DOMAINS;
  const longestMs = longestOf(waits);
  const lines = [
    `${DOMAINS} domains in turn, ${TOGETHER} executions each, ${MOST_CELLS} cells: ${describe(startedAt, waits, perDomain)}`,
  ];
  const problems = [
    ...(failed > 0 ? [`${failed} executions of ${DOMAINS} domains failed`] : []),
    ...(perDomain > MOST_CELLS_PER_DOMAIN
      ? [`${perDomain.toFixed(2)} cells were forked for each domain: at most ${MOST_CELLS_PER_DOMAIN}`]
      : []),
    ...(longestMs > MOST_WAIT_MS
      ? [`an execution waited ${longestMs.toFixed(0)} ms for its cell: at most ${MOST_WAIT_MS}`]
      : []),
  ];
  return { lines, problems };
}

function describe(startedAt: number, waits: readonly number[], perDomain: number): string {
  const seconds = (performance.now() - startedAt) / 1_000;
  return `${seconds.toFixed(0)} s, ${perDomain.toFixed(2)} cells a domain, longest wait ${longestOf(waits).toFixed(0)} ms`;
}

function longestOf(waits: readonly number[]): number {
  return waits.reduce((most, one) => Math.max(most, one), 0);
}
