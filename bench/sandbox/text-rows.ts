import { setTimeout as pause } from "node:timers/promises";
import type { Sandbox } from "#contract/sandbox.ts";
import type { BenchRow } from "../run.ts";
import { copyMs } from "./baselines.ts";
import { inTurn } from "./in-turn.ts";
import { bundleOf, execute, quantile } from "./sessions.ts";
import { row } from "./spread.ts";

const SIZES = [
  ["1 kB", 1_024, undefined],
  ["100 kB", 100 * 1_024, undefined],
  ["1 MB", 1_024 * 1_024, "≤ 20"],
] as const;
const AGAIN = 10;
/** Long enough for the next spare to be made. */
const QUIET_MS = 30;

/** A step that returns the body it was given, as JSON text on both ways. */
export async function textRows(sandbox: Sandbox): Promise<BenchRow[]> {
  const bundle = bundleOf("a: ({ trigger }) => trigger.body.text()");
  const rows: BenchRow[] = [];
  for (const [size, characters, target] of SIZES) {
    const bodyText = JSON.stringify("x".repeat(characters));
    await execute(sandbox, { steps: ["a"], bundle, bodyText });
    await pause(200);
    const measured = await inTurn(
      async () => {
        const times: number[] = [];
        for (let n = 0; n < AGAIN; n += 1) {
          times.push((await execute(sandbox, { steps: ["a"], bundle, bodyText })).ms);
          await pause(QUIET_MS);
        }
        return quantile(times, 0.5);
      },
      () => copyMs(bodyText),
    );
    rows.push({
      name: `${size} in and ${size} out: p50`,
      ...row(measured),
      unit: "ms",
      ...(target === undefined ? {} : { target }),
      baseline: { name: "copy of the text, ms", value: measured.baseline },
    });
  }
  return rows;
}
