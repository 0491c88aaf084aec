import { expect, test } from "vitest";
// @ts-expect-error a script of plain JavaScript, as its neighbours are
import * as script from "../../scripts/test.mjs";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}
const { countTests, summaryLine } = script as {
  countTests(reportText: string | undefined, exitCode: number): Counts;
  summaryLine(counts: Counts[]): string;
};

const report = (changes: object) =>
  JSON.stringify({
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [],
    ...changes,
  });

test("a good run counts what passed and what was skipped", () => {
  expect(countTests(report({}), 0)).toEqual({ passed: 5, failed: 0, skipped: 2 });
});

test("a file that could not be loaded counts as a failure", () => {
  const testResults = [{ status: "failed", assertionResults: [] }];
  expect(countTests(report({ testResults }), 1).failed).toBe(1);
});

test("a file with failed tests is not counted once more", () => {
  const testResults = [{ status: "failed", assertionResults: [{ status: "failed" }] }];
  expect(countTests(report({ numFailedTests: 1, testResults }), 1).failed).toBe(1);
});

test("a run that fails without naming a test counts as a failure", () => {
  expect(countTests(report({}), 1).failed).toBe(1);
  expect(countTests(undefined, 137)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("a run in which nothing ran is a failure", () => {
  expect(countTests(report({ numPassedTests: 0 }), 0).failed).toBe(1);
});

test("the last line sums all runs", () => {
  const one = { passed: 1, failed: 0, skipped: 2 };
  expect(summaryLine([one, { passed: 3, failed: 1, skipped: 0 }])).toBe("4 passed, 1 failed, 2 skipped");
});
