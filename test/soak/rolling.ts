import { type Fleet, startFleet } from "../support/fleet.ts";
import { prepareReach, type Reach } from "../support/measure-reach.ts";
import { type RunningMillrace, startMillrace } from "../support/millrace.ts";
import { rollingRestart } from "../support/rolling-restart.ts";
import type { SoakOptions, SoakReport } from "./run.ts";

/**
 * Two apis and two workers, changed and restarted in turn for `minutes`: every change reaches both apis within a second, and
 * no restart under load loses a webhook or answers one with anything but 2xx and the announced 503.
 */
const REACHED_WITHIN_MS = 1_000;
const MEASURED = 20;

export async function run({ minutes }: SoakOptions): Promise<SoakReport> {
  const until = performance.now() + minutes * 60_000;
  const report: SoakReport = { lines: [], problems: [] };
  const millrace = await startMillrace();
  try {
    const fleet = await startFleet(millrace);
    try {
      for (let round = 1; round === 1 || performance.now() < until; round += 1) {
        await measure({ millrace, fleet, report });
        await restart({ millrace, fleet, report });
      }
    } finally {
      await fleet.stop();
    }
  } catch (error) {
    console.log(millrace.output());
    throw error;
  } finally {
    await millrace.stop();
    millrace.remove();
  }
  return report;
}

interface Running {
  millrace: RunningMillrace;
  fleet: Fleet;
  report: SoakReport;
}

async function measure({ millrace, fleet, report }: Running): Promise<void> {
  const once = await prepareReach(millrace, fleet.origins);
  const all: Reach[] = [];
  while (all.length < MEASURED) all.push(await once());
  for (const change of ["deploy", "pause", "unpause", "newKey", "revokedKey"] as const) {
    const times = all.map((reach) => reach[change]).toSorted((a, b) => a - b);
    const [most = 0, middle = 0] = [times.at(-1), times[MEASURED >> 1]];
    say(report, `${change}: at both apis after ${middle.toFixed(0)} ms, at most ${most.toFixed(0)} ms`);
    if (most >= REACHED_WITHIN_MS)
      report.problems.push(`${change} took ${most.toFixed(0)} ms to reach both apis`);
  }
}

async function restart({ millrace, fleet, report }: Running): Promise<void> {
  const verdict = await rollingRestart({ millrace, fleet, rounds: 1 });
  const { deliveries, executions, announced, broken, problems } = verdict;
  say(
    report,
    `restart of all four: ${deliveries} deliveries, ${executions} executions, ${announced} announced 503, ${broken} broken connections, ${problems.length} problems`,
  );
  report.problems.push(...problems);
}

function say(report: SoakReport, line: string): void {
  console.log(line);
  report.lines.push(line);
}
