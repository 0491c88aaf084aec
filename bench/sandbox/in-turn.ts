import { quantile } from "./sessions.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** Rounds of the thing measured and of its baseline, alternated, since the machine drifts. */
export interface InTurn extends Spread {
  baseline: number;
}

export const ROUNDS = 5;

export async function inTurn(
  measure: () => Promise<number>,
  baseline: () => Promise<number> | number,
): Promise<InTurn> {
  const values: number[] = [];
  const baselines: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    baselines.push(await baseline());
    values.push(await measure());
  }
  return { ...spreadOf(values), baseline: quantile(baselines, 0.5) };
}
