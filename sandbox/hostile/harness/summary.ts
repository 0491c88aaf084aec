import type { ProgramResult, VerifyReport } from "./verify.ts";

/** How `millrace sandbox verify` tells what it saw. */
export const MOST_SLOWDOWN = 2;

const VERDICTS = ["contained", "recycled", "unexpected", "ESCAPED"] as const;

export interface Summary {
  held: boolean;
  programs: number;
  counts: Record<ProgramResult["verdict"], number>;
  /** What did not hold, a line each. */
  problems: string[];
}

export function summarize({ results, neighbour }: VerifyReport): Summary {
  const count = (verdict: ProgramResult["verdict"]) =>
    results.filter((result) => result.verdict === verdict).length;
  const problems = results
    .filter(({ reasons }) => reasons.length > 0)
    .map(
      ({ verdict, family, mechanism, reasons }) =>
        `${verdict}: ${family}: ${mechanism}: ${reasons.join("; ")}`,
    );
  if (results.length === 0) problems.push("no program was run");
  if (neighbour.slowdown >= MOST_SLOWDOWN)
    problems.push(
      `the neighbour's p95 grew ${neighbour.slowdown.toFixed(1)} times, ${MOST_SLOWDOWN} or more`,
    );
  return {
    held: problems.length === 0,
    programs: results.length,
    counts: {
      contained: count("contained"),
      recycled: count("recycled"),
      unexpected: count("unexpected"),
      ESCAPED: count("ESCAPED"),
    },
    problems,
  };
}

export function formatResult({ verdict, family, mechanism, outcome, ranMs, reasons }: ProgramResult): string {
  const line = `${verdict.padEnd(10)}  ${family.padEnd(19)}  ${outcome.padEnd(16)}  ${String(Math.round(ranMs)).padStart(6)} ms  ${mechanism}`;
  return [line, ...reasons.map((reason) => `            ${reason}`)].join("\n");
}

/** A line a family: how many programs, how they ended, and by which outcomes. */
export function formatSummary(report: VerifyReport): string {
  const { results, neighbour } = report;
  const families = [...new Set(results.map(({ family }) => family))];
  const rows = families.map((family) => {
    const own = results.filter((result) => result.family === family);
    const numbers = VERDICTS.map((verdict) => own.filter((result) => result.verdict === verdict).length);
    const outcomes = [...new Set(own.map(({ outcome }) => outcome))].toSorted().join(", ");
    return `${family.padEnd(19)}  ${numbers.map((number) => String(number).padStart(10)).join("  ")}  ${outcomes}`;
  });
  const { held, programs, counts, problems } = summarize(report);
  const { steps, quietP95Ms, attackedP95Ms } = neighbour;
  return [
    `${"family".padEnd(19)}  ${VERDICTS.map((verdict) => verdict.padStart(10)).join("  ")}  outcomes`,
    ...rows,
    "",
    `${programs} programs: ${VERDICTS.map((verdict) => `${counts[verdict]} ${verdict}`).join(", ")}`,
    `neighbour: ${steps} steps meanwhile, p95 ${attackedP95Ms.toFixed(1)} ms, ${quietP95Ms.toFixed(1)} ms without attacks`,
    ...problems,
    held ? "The sandbox held." : "The sandbox did NOT hold.",
  ].join("\n");
}
