import type { Expectations } from "./expectations.ts";
import type { WptTest } from "./find-tests.ts";

export interface AreaRow {
  area: string;
  /** Files (in each of their variants) that are run. */
  files: number;
  /** Of them, those without any failure. */
  whole: number;
  tests: number;
  passed: number;
  notApplicable: number;
}

export function areaRow(area: string, tests: WptTest[], found: Expectations): AreaRow {
  const run = tests.flatMap(({ id }) => found[id] ?? []);
  const passed = run.reduce((sum, expectation) => sum + expectation.passed, 0);
  const failed = run.reduce((sum, expectation) => sum + (expectation.failed?.length ?? 0), 0);
  return {
    area,
    files: run.length,
    whole: run.filter(({ status, failed }) => status === undefined && failed === undefined).length,
    tests: passed + failed,
    passed,
    notApplicable: tests.filter(({ excluded }) => excluded !== undefined).length,
  };
}

export function areaTable(rows: AreaRow[]): string {
  const lines = rows.map(
    ({ area, files, whole, tests, passed, notApplicable }) =>
      `| ${area} | ${whole} of ${files} | ${passed} of ${tests} | ${notApplicable} |`,
  );
  return [
    "| area | files that pass whole | tests that pass | files that cannot apply |",
    "|---|---|---|---|",
    ...lines,
  ].join("\n");
}
