import { readFileSync, writeFileSync } from "node:fs";
import type { TestOutcome } from "./run-test.ts";

/** What each file came to when it was last looked at: names of the failed tests, and how many passed. */
export interface Expectation {
  /** Absent: the file ran to its end. */
  status?: string;
  passed: number;
  failed?: string[];
}
export type Expectations = Record<string, Expectation>;

const FILE = new URL("expectations.json", import.meta.url);

export function readExpectations(): Expectations {
  return JSON.parse(readFileSync(FILE, "utf8")) as Expectations; // written below
}

export function writeExpectations(expectations: Expectations): void {
  const sorted = Object.entries(expectations).toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
}

export function expectationOf({ status, passed, failures }: TestOutcome): Expectation {
  const failed = [...new Set(failures.map(({ name }) => name))].toSorted();
  return {
    ...(status === "ok" ? {} : { status }),
    passed,
    ...(failed.length === 0 ? {} : { failed }),
  };
}

/** One line for each way in which an outcome differs from what is expected; none where it is as expected. */
export function differences(id: string, actual: TestOutcome, expected: Expectation | undefined): string[] {
  if (expected === undefined) return [`${id}: is not in expectations.json; look at it and run with --update`];
  const lines: string[] = [];
  const wanted = expected.status ?? "ok";
  if (actual.status !== wanted)
    lines.push(`${id}: ended as ${actual.status}, not ${wanted}: ${actual.message ?? ""}`);
  const known = new Set(expected.failed);
  const failed = new Set(actual.failures.map(({ name }) => name));
  for (const { name, message } of actual.failures)
    if (!known.has(name)) lines.push(`${id}: fails now: ${name}: ${message}`);
  for (const name of known) if (!failed.has(name)) lines.push(`${id}: passes now: ${name}`);
  if (lines.length === 0 && actual.passed < expected.passed)
    lines.push(`${id}: ${actual.passed} tests passed, not ${expected.passed}`);
  return lines;
}
