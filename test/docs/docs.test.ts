import { expect, test } from "vitest";
import { ERROR_CODES } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { EXECUTION_STATES, EXECUTION_TRANSITIONS, isTerminal } from "#contract/states.ts";
import { tableRows } from "./table-rows.ts";

test("docs/errors.md has every code and no other, each with its status, and what to do", () => {
  const documented = tableRows("errors.md").map(([code, status, again, words = ""]) => {
    expect(words.length, code).toBeGreaterThan(20);
    return { code, status: Number(status), retryable: again === "yes" };
  });
  expect(documented).toEqual(Object.entries(ERROR_CODES).map(([code, entry]) => ({ code, ...entry })));
});

test("docs/limits.md has every limit and no other, each with the value that holds", () => {
  const documented = Object.fromEntries(tableRows("limits.md").map(([name, value]) => [name, Number(value)]));
  expect(documented).toEqual({ ...LIMITS });
});

const transitions = tableRows("states.md").filter((row) => row.length === 4);

test("docs/states.md has every transition and no other", () => {
  expect(transitions.map(([event, from, to]) => ({ event, from, to }))).toEqual([...EXECUTION_TRANSITIONS]);
});

test("every state is reached from the beginning, and none but a reset leaves a final one", () => {
  const reached = new Set<string>(["none"]);
  for (let size = 0; size !== reached.size;) {
    size = reached.size;
    for (const { from, to } of EXECUTION_TRANSITIONS) if (reached.has(from)) reached.add(to);
  }
  expect([...reached].toSorted()).toEqual(["none", ...EXECUTION_STATES].toSorted());
  const leaving = EXECUTION_TRANSITIONS.filter(({ from }) => from !== "none" && isTerminal(from));
  expect(new Set(leaving.map(({ event }) => event))).toEqual(new Set(["reset"]));
});
