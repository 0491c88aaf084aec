import { runDomains } from "./leaks/run-domains.ts";
import { runMany } from "./leaks/run-many.ts";
import type { SoakOptions, SoakReport } from "./run.ts";

/** What must be the same after 20,000 executions, and 2,000 trust domains in turn. `--only executions` or `--only domains`. */
const PARTS: Record<string, () => Promise<SoakReport>> = { executions: runMany, domains: runDomains };

export async function run({ only }: SoakOptions): Promise<SoakReport> {
  const report: SoakReport = { lines: [], problems: [] };
  for (const [name, part] of Object.entries(PARTS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const { lines, problems } = await part();
    report.lines.push(...lines);
    report.problems.push(...problems);
  }
  return report;
}
