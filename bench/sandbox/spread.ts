import { quantile } from "./sessions.ts";

export interface Spread {
  value: number;
  spread: [low: number, high: number];
}

/** Median, lowest and highest of the rounds. */
export function spreadOf(values: number[]): Spread {
  return { value: quantile(values, 0.5), spread: [Math.min(...values), Math.max(...values)] };
}

/** The two that a row of the table has, of what a measurement gave. */
export function row({ value, spread }: Spread): Spread {
  return { value, spread };
}
