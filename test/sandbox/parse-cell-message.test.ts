import { expect, test } from "vitest";
import { parseCellMessage } from "#sandbox/host/parse-cell-message.ts";

test.each([
  [undefined],
  [null],
  [1],
  ["result"],
  [[]],
  [{}],
  [{ type: "unknown", run: 1 }],
  [{ type: "result" }],
  [{ type: "result", run: "1" }],
  [{ type: "fetch", run: 1, header: { id: 1, url: 5 } }],
])("%j is no message of a cell", (value) => {
  expect(parseCellMessage(value)).toBeUndefined();
});

test("a result with hostile fields becomes one with bounded, typed fields", () => {
  const parsed = parseCellMessage({
    type: "result",
    run: 3,
    result: {
      outcome: "owned",
      output: { toString: () => "no" },
      error: {
        name: 7,
        message: "m".repeat(99_999),
        stack: ["no"],
        retryable: "yes",
        retryAfterMs: -5,
        httpStatus: 1.5,
      },
      logs: [{ severity: "fatal", message: "l".repeat(99_999), atMs: "now" }, null],
      logsDropped: Number.NaN,
      runMs: Number.POSITIVE_INFINITY,
      isolateKept: "true",
    },
  });
  expect(parsed).toEqual({
    type: "result",
    run: 3,
    result: {
      outcome: "crashed",
      error: { name: "Error", message: "m".repeat(10_000), retryAfterMs: 0 },
      logs: [
        { severity: "info", message: "l".repeat(10_000), atMs: 0 },
        { severity: "info", message: "", atMs: 0 },
      ],
      logsDropped: 0,
      readyMs: 0,
      runMs: 0,
      cpuMs: 0,
      heapMb: 0,
      isolateKept: false,
    },
  });
});

test("a self-test that is not one counts as failed", () => {
  expect(parseCellMessage({ type: "ready", selfTest: 1 })).toMatchObject({
    selfTest: { failures: ["no self-test was made"] },
  });
});

test("a fetch keeps pairs of text only", () => {
  const header = {
    id: 1,
    url: "u",
    method: "GET",
    headers: [["a", "b"], ["c", 1], "d"],
    redirect: "sideways",
  };
  expect(parseCellMessage({ type: "fetch", run: 1, header, body: 5 })).toEqual({
    type: "fetch",
    run: 1,
    body: "",
    header: {
      id: 1,
      url: "u",
      method: "GET",
      headers: [
        ["a", "b"],
        ["c", ""],
      ],
      redirect: "follow",
      lengths: [],
    },
  });
});

test("what a self-test claims is text or nothing, however it is nested", () => {
  const deep = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) as unknown;
  const stringless = { toString: 1, valueOf: 1 };
  const selfTest = {
    failures: [deep, stringless, "real"],
    main: { net: deep, dns: stringless, fs: "DENIED" },
  };
  expect(parseCellMessage({ type: "ready", selfTest })).toMatchObject({
    selfTest: { failures: ["", "", "real"], main: { net: "", dns: "", fs: "DENIED" } },
  });
});

test("a run that left something at work is named by its number and its bundle", () => {
  expect(parseCellMessage({ type: "overrun", run: 7, sha256: "a".repeat(100) })).toEqual({
    type: "overrun",
    run: 7,
    sha256: "a".repeat(64),
  });
  expect(parseCellMessage({ type: "overrun", run: "7" })).toBeUndefined();
});
