/** `npm run soak -- <name> [--minutes N] [--only a,b]`: what takes longer than the tests. Exit code 1 where anything was found. */
import { parseArgs } from "node:util";

export interface SoakOptions {
  minutes: number;
  /** Scenarios by name, where a soak has several; empty: all. */
  only: string[];
}

/** One line a finding; none means that it held. */
export interface SoakReport {
  lines: string[];
  problems: string[];
}

const SOAKS: Record<string, () => Promise<{ run(options: SoakOptions): Promise<SoakReport> }>> = {
  faults: () => import("./faults.ts"),
  hostile: () => import("./hostile.ts"),
  leaks: () => import("./leaks.ts"),
  fuzz: () => import("./fuzz.ts"),
  rolling: () => import("./rolling.ts"),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string", default: "15" }, only: { type: "string", default: "" } },
});
const load = SOAKS[positionals[0] ?? ""];
if (load === undefined) {
  console.error(`Usage: npm run soak -- <${Object.keys(SOAKS).join("|")}> [--minutes N] [--only a,b]`);
  process.exit(2);
}
const soak = await load();
const report = await soak.run({
  minutes: Number(values.minutes),
  only: values.only.split(",").filter((name) => name !== ""),
});
for (const line of report.lines) console.log(line);
for (const problem of report.problems) console.log(`PROBLEM ${problem}`);
console.log(`${report.problems.length} problems`);
process.exitCode = report.problems.length === 0 ? 0 : 1;
