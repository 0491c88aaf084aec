import { expect, test } from "vitest";
import { StepRun } from "#sandbox/cell/step-run.ts";
import { encodeFrame, FETCH_CHARACTERS, type RunLimits } from "#sandbox/protocol.ts";

const LIMITS: RunLimits = {
  cpuMs: 1_000,
  timeoutMs: 1_000,
  heapMb: 16,
  outputCharacters: 1_000,
  timers: 10,
  fetches: 2,
  fetchCharacters: 1_000,
  logLines: 10,
  logLineCharacters: 100,
};

/** A run, and the ids of the requests that went on to the host. */
function startRun(limits: Partial<RunLimits> = {}): { run: StepRun; asked: number[] } {
  const asked: number[] = [];
  const hooks = {
    burst: () => {},
    fetch: (_run: number, { id }: { id: number }) => void asked.push(id),
    abortFetch: () => {},
    log: () => {},
  };
  return { run: new StepRun(1, { ...LIMITS, ...limits }, hooks), asked };
}

const head = (id: number) => ({ id, url: "https://a.example/", method: "POST", headers: [["a", "b"]] });
const request = (id: number, body = "") => `fetch\n${encodeFrame(head(id), [body])}`;

test("requests beyond the limit are refused in the cell, and the host hears nothing of them", () => {
  const { run, asked } = startRun();
  const answers = [1, 2, 3, 4].map((id) => run.answer(request(id)));
  expect(asked).toEqual([1, 2]);
  expect(answers).toEqual(["", "", ...Array(2).fill("a step makes at most 2 requests")]);
});

test("requests under way hold so many characters, and room again once one is answered", () => {
  const { run, asked } = startRun({ fetches: 10 });
  expect(run.answer(request(1, "x".repeat(600)))).toBe("");
  expect(run.answer(request(2, "x".repeat(600)))).toContain("hold at most 1000 characters");
  run.fetched({ op: "fetched", id: 1, ok: false, name: "TypeError", message: "" }, undefined);
  expect(run.answer(request(3, "x".repeat(600)))).toBe("");
  expect(asked).toEqual([1, 3]);
});

test("a request beyond all sizes is not even looked at", () => {
  const { run, asked } = startRun({ fetchCharacters: Number.POSITIVE_INFINITY });
  expect(run.answer(`fetch\n${"x".repeat(FETCH_CHARACTERS + 1)}`)).toContain("a request has at most");
  expect(asked).toEqual([]);
});

test("of a request only its texts go on: what is nested is refused, not copied from process to process", () => {
  const { run, asked } = startRun({ fetches: 10, fetchCharacters: 1_000_000 });
  const deep = JSON.parse(`${"[".repeat(4_000)}${"]".repeat(4_000)}`) as unknown;
  const forged: object[] = [
    { ...head(1), headers: deep },
    { ...head(1), url: deep },
    { ...head(1), headers: [["a", deep]] },
    { ...head(1), headers: { a: "b" } },
    { ...head(1), id: 1.5 },
  ];
  for (const header of forged)
    expect(run.answer(`fetch\n${encodeFrame(header, [""])}`)).toBe("the request cannot be read");
  expect(run.answer(`fetch\n${encodeFrame({ ...head(1), redirect: deep, more: deep }, [""])}`)).toBe("");
  expect(asked).toEqual([1]);
});

test("an output is the whole of what stands behind the header, so that no part of a JSON passes for one", () => {
  const whole = '{"a":1}';
  const line = (lengths: number[]) => `result\n${JSON.stringify({ outcome: "ok", lengths })}\n${whole}`;
  for (const lengths of [
    [2],
    [2, whole.length - 2],
    [0, whole.length],
    [],
    [whole.length + 1],
    [-1],
    [0.5],
  ]) {
    const { run } = startRun();
    try {
      run.answer(line(lengths));
    } catch {
      // The isolate's callback answers nothing then.
    }
    expect(run.result, lengths.join()).toBeUndefined();
  }
  const { run } = startRun();
  run.answer(line([whole.length]));
  expect(run.result?.output).toBe(whole);
});

test("of a guest's error only its few strings and numbers go on", () => {
  const { run } = startRun();
  const error = { name: "E", message: "m", stack: ["no"], httpStatus: 404, nested: { a: [1] } };
  run.answer(`result\n${encodeFrame({ outcome: "threw", error }, [""])}`);
  expect(run.result?.error).toEqual({ name: "E", message: "m", httpStatus: 404 });
});
