/**
 * `npm run bench -- <name> [--seconds N] [--json]`: one benchmark, its figures with the target and the baseline of the
 * same run. `BENCHMARKS.md` says what each figure leaves out.
 */
import { parseArgs } from "node:util";

export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  /** In words: "≥ 5000". */
  target?: string;
  /** The figure beside it, of the same run. */
  baseline?: { name: string; value: number };
  /** Lowest and highest of the rounds. */
  spread?: [low: number, high: number];
  note?: string;
}

export interface BenchOptions {
  /** Of each round. */
  seconds: number;
}

const BENCHES: Record<string, () => Promise<{ run(options: BenchOptions): Promise<BenchRow[]> }>> = {
  execute: () => import("./execute.ts"),
  intake: () => import("./intake.ts"),
  query: () => import("./query.ts"),
  sandbox: () => import("./sandbox.ts"),
  schedules: () => import("./schedules.ts"),
};

function print(row: BenchRow): void {
  const spread = row.spread === undefined ? "" : ` (${row.spread.map(format).join(" to ")})`;
  const baseline = row.baseline === undefined ? "" : `  ${row.baseline.name}: ${format(row.baseline.value)}`;
  const target = row.target === undefined ? "" : `  target ${row.target}`;
  console.log(
    `${row.name.padEnd(58)} ${format(row.value).padStart(10)} ${row.unit}${spread}${target}${baseline}`,
  );
  if (row.note !== undefined) console.log(`    ${row.note}`);
}

function format(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, seconds: { type: "string", default: "5" } },
});
const load = BENCHES[positionals[0] ?? ""];
if (load === undefined) {
  console.error(`Usage: npm run bench -- <${Object.keys(BENCHES).join("|")}> [--seconds N] [--json]`);
  process.exit(2);
}
const bench = await load();
for (const row of await bench.run({ seconds: Number(values.seconds) })) {
  if (values.json) console.log(JSON.stringify(row));
  else print(row);
}
