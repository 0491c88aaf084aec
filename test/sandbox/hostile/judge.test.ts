import { describe, expect, test } from "vitest";
import type { StepReport } from "#contract/sandbox.ts";
import { judge, type Observation } from "#sandbox/hostile/harness/judge.ts";
import type { HostileProgram } from "#sandbox/hostile/harness/program.ts";
import { formatSummary, summarize } from "#sandbox/hostile/harness/summary.ts";
import type { ProgramResult } from "#sandbox/hostile/harness/verify.ts";

/** Each way of noticing an escape, given what it would see if there were one. */
const program: HostileProgram = { mechanism: "m", expect: ["ok"], code: "() => 1" };
const report: StepReport = {
  outcome: "ok",
  outputJson: '{"reached":[]}',
  logs: [],
  logsDropped: 0,
  accesses: [],
  accessesDropped: 0,
  fetches: { count: 0 },
  timings: { waitMs: 0, runMs: 1, cpuMs: 1 },
};
const contained: Observation = {
  report,
  disturbed: [],
  secrets: { file: "canary-5ec2e7", neighbour: "canary-0the2" },
  ranMs: 1,
  allowed: { timeoutMs: 3_000, cpuMs: 500, burstMs: 800 },
  machineLateMs: 0,
  overLimitMb: 0,
  burnsOnMs: 0,
  cellsEnded: [],
  bystanderProblem: undefined,
  neighbourProblems: [],
  hostStallMs: 0,
};
const base64 = Buffer.from("canary-5ec2e7").toString("base64");

describe("a program is judged as escaped", () => {
  test.each<[fact: string, seen: Partial<Observation>, reason: string]>([
    [
      "a canary was touched",
      { disturbed: ["the canary's server was reached 1 times"] },
      "server was reached",
    ],
    [
      "a secret stands in its output",
      { report: { ...report, outputJson: '"canary-5ec2e7"' } },
      "the secret of the file",
    ],
    [
      "a secret stands in a log line, in base64",
      { report: { ...report, logs: [{ atMs: 0, severity: "info", message: base64 }] } },
      "the secret of the file",
    ],
    [
      "a neighbour's secret stands in its error, backwards",
      { report: { ...report, outcome: "threw", error: { name: "Error", message: "2eht0-yranac" } } },
      "the secret of the neighbour",
    ],
    [
      "it says what it got hold of",
      { report: { ...report, outputJson: '{"reached":["process"]}' } },
      "got hold of process",
    ],
    ["it passed its step's time", { ranMs: 3_300 }, "after its limits"],
    [
      "it passed CPU and clock",
      { ranMs: 1_100, report: { ...report, timings: { waitMs: 0, runMs: 1_100, cpuMs: 1_000 } } },
      "after its limits",
    ],
    ["its cell passed its memory", { overLimitMb: 65 }, "passed its memory by 65 MB"],
    ["its cell burns on", { burnsOnMs: 150 }, "burned 150 ms"],
    ["the parked execution failed", { bystanderProblem: "crashed" }, "parked beside it: crashed"],
    ["the other customer failed", { neighbourProblems: ["crashed"] }, "the other customer: crashed"],
    ["the host did not answer", { hostStallMs: 600 }, "did not answer for 600 ms"],
  ])("when %s", (_fact, seen, reason) => {
    const verdict = judge(program, { ...contained, ...seen });
    expect(verdict.verdict).toBe("ESCAPED");
    expect(verdict.reasons.join()).toContain(reason);
  });

  test("and otherwise is contained, or recycled where a cell was ended", () => {
    expect(judge(program, contained)).toMatchObject({ verdict: "contained", reasons: [] });
    const seen = { ...contained, cellsEnded: ["memory"] };
    expect(judge({ ...program, cell: "either" }, seen).verdict).toBe("recycled");
  });

  test("but not for what the machine itself was late", () => {
    expect(judge(program, { ...contained, ranMs: 3_500, machineLateMs: 100 }).verdict).toBe("contained");
  });
});

describe("a program is judged as unexpected", () => {
  test("by another outcome than its own", () => {
    expect(judge({ ...program, expect: ["threw"] }, contained).verdict).toBe("unexpected");
  });

  test("by a cell that ended or stayed against its expectation", () => {
    expect(judge(program, { ...contained, cellsEnded: ["died"] }).verdict).toBe("unexpected");
    expect(judge({ ...program, cell: "recycled" }, contained).verdict).toBe("unexpected");
  });
});

describe("the sandbox held", () => {
  const neighbour = { steps: 1, quietP95Ms: 1, attackedP95Ms: 1, slowdown: 1 };
  const result: ProgramResult = {
    ...judge(program, contained),
    family: "f",
    mechanism: "m",
    ranMs: 1,
    peakMb: 60,
  };

  test("only where something was run, all was contained, and the neighbour kept its pace", () => {
    expect(summarize({ results: [result], neighbour }).held).toBe(true);
    expect(summarize({ results: [], neighbour }).held).toBe(false);
    for (const verdict of ["ESCAPED", "unexpected"] as const)
      expect(summarize({ results: [result, { ...result, verdict, reasons: ["r"] }], neighbour }).held).toBe(
        false,
      );
    expect(summarize({ results: [result], neighbour: { ...neighbour, slowdown: 2 } }).held).toBe(false);
  });

  test("is said in a table of families, with every problem", () => {
    const text = formatSummary({ results: [{ ...result, verdict: "ESCAPED", reasons: ["why"] }], neighbour });
    expect(text).toContain("ESCAPED: f: m: why");
    expect(text).toContain("did NOT hold");
  });
});
