import { Script } from "node:vm";
import { expect, test } from "vitest";
import { tableRows } from "../../docs/table-rows.ts";
import { CORPUS } from "#sandbox/hostile/corpus.ts";

const programs = CORPUS.flatMap((family) =>
  family.programs.map((program) => ({ ...program, family: family.name })),
);

test("the corpus has hundreds of mechanisms, each named once", () => {
  expect(new Set(programs.map(({ mechanism }) => mechanism)).size).toBe(programs.length);
  expect(programs.length).toBeGreaterThan(300);
});

test("every family says what it is after and has at least ten programs", () => {
  for (const { name, attacks, programs: own } of CORPUS) {
    expect(attacks.length, name).toBeGreaterThan(40);
    expect(own.length, name).toBeGreaterThanOrEqual(10);
  }
});

test("every program says how it ends, and is a function", () => {
  for (const { family, mechanism, expect: outcomes, code } of programs) {
    expect(outcomes.length, `${family}: ${mechanism}`).toBeGreaterThan(0);
    expect(() => new Script(`(${code.replace("(() => { for (;;); })()", "0")})`), mechanism).not.toThrow();
  }
});

test("every outcome of a step but cancellation is somebody's", () => {
  const outcomes = new Set(programs.flatMap((program) => program.expect));
  expect([...outcomes].toSorted()).toEqual(
    [
      "cpu-exceeded",
      "crashed",
      "not-capable",
      "ok",
      "out-of-memory",
      "output-too-large",
      "threw",
      "timed-out",
    ].toSorted(),
  );
});

test("docs/sandbox.md has every family with its number of programs", () => {
  const rows = tableRows("sandbox.md").map(([name, count]) => [name, Number(count)]);
  for (const { name, programs: own } of CORPUS) expect(rows).toContainEqual([name, own.length]);
});
