import { CORPUS } from "#sandbox/hostile/corpus.ts";
import { formatSummary, summarize } from "#sandbox/hostile/harness/summary.ts";
import { verify } from "#sandbox/hostile/harness/verify.ts";
import type { SoakOptions, SoakReport } from "./run.ts";

/** The whole corpus, again and again, each time in another order: what one program leaves, another one meets. */
export async function run({ minutes }: SoakOptions): Promise<SoakReport> {
  const until = performance.now() + minutes * 60_000;
  const lines: string[] = [];
  const problems: string[] = [];
  for (let round = 1; round === 1 || performance.now() < until; round += 1) {
    const families = round === 1 ? CORPUS : shuffled(CORPUS).map(withShuffledPrograms);
    const report = await verify({ families });
    lines.push(`round ${round}`, formatSummary(report));
    problems.push(...summarize(report).problems.map((problem) => `round ${round}: ${problem}`));
  }
  return { lines, problems };
}

function withShuffledPrograms(family: (typeof CORPUS)[number]): (typeof CORPUS)[number] {
  return { ...family, programs: shuffled(family.programs) };
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
