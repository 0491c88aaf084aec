/**
 * `npm run wpt -- --from <checkout of the Web Platform Tests> [--update] [--verbose] [words of paths…]`: runs them
 * in real isolates and compares with `expectations.json`. Exit code 1 where anything differs.
 */
import { parseArgs } from "node:util";
import type { Sandbox } from "#contract/sandbox.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { areaRow, areaTable, type AreaRow } from "./area-table.ts";
import { AREAS } from "./areas.ts";
import { writeSection } from "./document.ts";
import {
  differences,
  expectationOf,
  readExpectations,
  writeExpectations,
  type Expectations,
} from "./expectations.ts";
import { failureTable } from "./failure-table.ts";
import { findTests, type WptTest } from "./find-tests.ts";
import { runTest, type TestOutcome } from "./run-test.ts";
import { serveCheckout } from "./serve-checkout.ts";

/** Tests mostly wait: more are under way than there are cores. */
const AT_ONCE = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: "string" },
    update: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
if (values.from === undefined) {
  console.error("Usage: npm run wpt -- --from <checkout> [--update] [--verbose] [words of paths…]");
  process.exit(2);
}
const root = values.from;
const isAsked = ({ id }: WptTest) =>
  positionals.length === 0 || positionals.some((word) => id.includes(word));
const areas = AREAS.map(({ name, ...area }) => ({
  name,
  tests: findTests(root, { name, ...area }).filter(isAsked),
}));

async function runAll(sandbox: Sandbox, tests: WptTest[]): Promise<Map<string, TestOutcome>> {
  const outcomes = new Map<string, TestOutcome>();
  const queue = tests.filter(({ excluded }) => excluded === undefined);
  const work = async () => {
    for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
      const outcome = await runTest(sandbox, root, test);
      outcomes.set(test.id, outcome);
      if (values.verbose) show(test.id, outcome);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

function show(id: string, { status, message, passed, failures }: TestOutcome): void {
  if (status === "ok" && failures.length === 0) return;
  console.log(`${id}: ${status} ${message ?? ""} ${passed} passed, ${failures.length} failed`);
  for (const failure of failures.slice(0, 25))
    console.log(`    ${failure.name.slice(0, 160)} :: ${failure.message.slice(0, 200)}`);
}

function update(expectations: Expectations, rows: AreaRow[]): void {
  writeExpectations(expectations);
  writeSection("failures", failureTable(readExpectations()));
  if (positionals.length === 0) writeSection("areas", areaTable(rows));
}

const sandbox = await createSandbox({ fetch: serveCheckout(root), maxCells: 3 });
try {
  const outcomes = await runAll(
    sandbox,
    areas.flatMap(({ tests }) => tests),
  );
  const expected = readExpectations();
  const found = Object.fromEntries([...outcomes].map(([id, outcome]) => [id, expectationOf(outcome)]));
  const rows = areas
    .filter(({ tests }) => tests.length > 0)
    .map(({ name, tests }) => areaRow(name, tests, found));
  console.log(areaTable(rows));
  const lines = [...outcomes].flatMap(([id, outcome]) => differences(id, outcome, expected[id]));
  if (values.update) update(positionals.length === 0 ? found : { ...expected, ...found }, rows);
  else for (const line of lines) console.log(line.slice(0, 500));
  console.log(`${lines.length} differences${values.update ? ", now expected" : ""}`);
  process.exitCode = lines.length === 0 || values.update ? 0 : 1;
} finally {
  await sandbox.stop();
}
