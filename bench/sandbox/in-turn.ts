import { quantile } from "./sessions.ts";

/** Rounds of the thing measured and of its baseline, alternated, since the machine drifts. */
export interface InTurn {
  value: number;
  spread: [low: number, high: number];
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
  return {
    value: quantile(values, 0.5),
    spread: [Math.min(...values), Math.max(...values)],
    baseline: quantile(baselines, 0.5),
  };
}
