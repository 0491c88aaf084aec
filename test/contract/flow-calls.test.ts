import { expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { type CallStanding, StepCalls } from "#contract/flow-calls.ts";
import { LIMITS } from "#contract/limits.ts";

const NOTHING: CallStanding = { depth: 0, made: 0, known: new Map() };

function begin(standing: Partial<CallStanding> = {}) {
  const read = () => Promise.resolve({ ...NOTHING, ...standing });
  const calls = new StepCalls("step", { flowKeys: ["a", "b"], read, createId });
  const ask = async (head: object, payload = "1") =>
    (JSON.parse(await calls.ask(`${JSON.stringify(head)}\n${payload}`)) as { executionId: string })
      .executionId;
  return { calls: calls.calls, ask };
}

test("calls are named by their number in the step, or by their key", async () => {
  const { calls, ask } = begin();
  const [first, second] = await Promise.all([ask({ flow: "a" }), ask({ flow: "b" }, '{"x":"\\n"}')]);
  const named = await ask({ flow: "a", key: "mine" });
  expect(await ask({ flow: "a", key: "mine" })).toBe(named);
  expect(calls).toEqual([
    { key: "#1", flowKey: "a", executionId: first, payload: "1" },
    { key: "#2", flowKey: "b", executionId: second, payload: '{"x":"\\n"}' },
    { key: "mine", flowKey: "a", executionId: named, payload: "1" },
  ]);
});

test("a call that was committed before is told again, beyond every limit", async () => {
  const known = new Map([["#1", "e-1"]]);
  const { calls, ask } = begin({ known, made: LIMITS.callsPerExecution, depth: LIMITS.callDepth });
  expect(await ask({ flow: "a" })).toBe("e-1");
  expect(calls).toEqual([]);
});

test.each([
  ["a flow that the version does not have", {}, { flow: "c" }, 'no flow "c" in this version; it has a, b'],
  ["a call too deep", { depth: LIMITS.callDepth }, { flow: "a" }, `at most ${LIMITS.callDepth} are allowed`],
  [
    "one call too many",
    { made: LIMITS.callsPerExecution },
    { flow: "a" },
    `starts at most ${LIMITS.callsPerExecution}`,
  ],
  ["a key of ours", {}, { flow: "a", key: "#2" }, "begins with no #"],
  ["a key that is none", {}, { flow: "a", key: 5 }, "a call's key is text"],
  ["no flow", {}, {}, "takes a flow's key"],
])("%s is refused", async (...[, standing, head, message]) => {
  const { calls, ask } = begin(standing);
  await expect(ask(head)).rejects.toThrow(message);
  expect(calls).toEqual([]);
});

test("the payloads of a step have a size together", async () => {
  const { calls, ask } = begin();
  const half = `"${"é".repeat(LIMITS.callPayloadBytes / 4)}"`;
  await ask({ flow: "a" }, half);
  await expect(ask({ flow: "a" }, half)).rejects.toThrow("bytes together");
  expect(calls).toHaveLength(1);
});
