import {
  type Finding,
  RECONCILE_DEFAULTS,
  type ReconcileDependencies,
  reconcileOnce,
} from "./reconcile-once.ts";

export interface ReconcileSummary {
  dryRun: boolean;
  compared: number;
  running: number;
  /** Executions whose queue row was looked for. */
  searched: number;
  findings: Finding[];
}

const LIMIT = 1_000;

/** Goes on until every stale execution was compared and every recent one looked for. A dry run looks at one page. */
export async function reconcileAll(
  deps: ReconcileDependencies,
  { dryRun, signal }: { dryRun: boolean; signal: AbortSignal },
): Promise<ReconcileSummary> {
  const summary: ReconcileSummary = { dryRun, compared: 0, running: 0, searched: 0, findings: [] };
  let after: string | undefined;
  for (;;) {
    const options = { ...RECONCILE_DEFAULTS, limit: LIMIT, dryRun, after, signal };
    const report = await reconcileOnce(deps, options);
    // A dry run marks nothing as compared, so its pages would be the same rows again.
    const isFirst = after === undefined;
    if (!dryRun || isFirst) {
      summary.compared += report.compared;
      summary.running += report.running;
    }
    summary.searched += report.searched;
    const known = new Set(summary.findings.map(({ executionId }) => executionId));
    summary.findings.push(...report.findings.filter(({ executionId }) => !known.has(executionId)));
    after = report.searchedUntil;
    const isCompared = dryRun || report.compared < LIMIT;
    if (after === undefined && isCompared) return summary;
  }
}
