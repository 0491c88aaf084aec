import { describe, expect, test } from "vitest";
import { LIMITS } from "#contract/limits.ts";
import { applyWrite, StepState, type StateWrite } from "#contract/step-state.ts";

const place = { scope: "instance", key: "k" } as const;
const ask = (state: StepState, question: object) => state.ask(JSON.stringify({ ...place, ...question }));

describe("a step", () => {
  test("reads a key once, sees its own changes, and leaves them to the commit", async () => {
    const reads: string[] = [];
    const state = new StepState((scope, key) => {
      reads.push(`${scope}/${key}`);
      return Promise.resolve("1");
    });
    const answers = [{ op: "increment", by: 2 }, { op: "get" }, { op: "delete" }, { op: "get" }];
    expect(await Promise.all(answers.map((question) => ask(state, question)))).toEqual([
      "3",
      "3",
      "null",
      "null",
    ]);
    expect(reads).toEqual(["instance/k"]);
    expect(state.writes.map(({ op }) => op)).toEqual(["increment", "delete"]);
  });

  test("asks in few words: what is longer than any value is not even read", async () => {
    const state = new StepState(() => Promise.resolve(null));
    const padded = `${" ".repeat(3 * LIMITS.stateValueCharacters)}{"op":"get","scope":"instance","key":"k"}`;
    await expect(state.ask(padded)).rejects.toThrow(/has \d+ characters: a value has at most 65536/);
    for (const text of ["null", "1", '"get"']) await expect(state.ask(text)).rejects.toThrow(TypeError);
  });

  test("is not told why the state cannot be read: that may name places of ours", async () => {
    const state = new StepState(() => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.7:5432")));
    await expect(ask(state, { op: "get" })).rejects.toThrow("The state cannot be read at the moment");
  });

  test("may not compare what is nested deeper than a stack", async () => {
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    const state = new StepState(() => Promise.resolve(deep));
    const asked = `{"op":"compare-and-set","scope":"instance","key":"k","expected":${deep},"value":1}`;
    await expect(state.ask(asked)).rejects.toThrow('State "k" is nested too deep to be compared');
    expect(state.writes).toEqual([]);
  });

  test("keeps no change that was refused, and goes on", async () => {
    const state = new StepState(() => Promise.resolve('"text"'));
    await expect(ask(state, { op: "increment", by: 1 })).rejects.toThrow('State "k" holds no number');
    await expect(ask(state, { op: "append", value: 1 })).rejects.toThrow("holds no list");
    expect(await ask(state, { op: "compare-and-set", expected: "other", value: 1 })).toBe("false");
    expect(state.writes).toEqual([]);
    expect(await ask(state, { op: "get" })).toBe('"text"');
  });

  test.each([
    [{ op: "get", scope: "all" }, "scopes"],
    [{ op: "get", key: "" }, "1 to 200 characters"],
    [{ op: "get", key: "a\u0000b" }, "1 to 200 characters"],
    [{ op: "get", key: "k".repeat(201) }, "1 to 200 characters"],
    [{ op: "set" }, "undefined"],
    [{ op: "append", value: 1, keep: 0 }, "keep"],
    [{ op: "increment", by: "1" }, "number"],
    [{ op: "drop" }, "compareAndSet"],
  ])("is told what is wrong with %j", async (question, reason) => {
    await expect(ask(new StepState(() => Promise.resolve(null)), question)).rejects.toThrow(reason);
  });

  test("cannot keep more than a value may hold", async () => {
    const value = "x".repeat(LIMITS.stateValueCharacters);
    const state = new StepState(() => Promise.resolve(null));
    await expect(ask(state, { op: "set", value })).rejects.toThrow("characters of JSON");
  });
});

describe("at the commit", () => {
  const write = (rest: object) => ({ ...place, ...rest }) as StateWrite;

  test("what counts is what is there by then", () => {
    expect(applyWrite("41", write({ op: "increment", by: 1 }))).toEqual({ json: "42" });
    expect(applyWrite("[1,2]", write({ op: "append", json: "3", keep: 2 }))).toEqual({ json: "[2,3]" });
    expect(applyWrite(null, write({ op: "append", json: '"a"', keep: 2 }))).toEqual({ json: '["a"]' });
  });

  test("a comparison looks at values, not at the order of their properties", () => {
    const change = { op: "compare-and-set", json: "1" };
    expect(applyWrite('{"a":1,"b":[2]}', write({ ...change, expected: '{"b":[2],"a":1}' }))).toEqual({
      json: "1",
    });
    expect(applyWrite('{"a":1}', write({ ...change, expected: '{"a":2}' }))).toBe("conflict");
    expect(applyWrite(null, write({ ...change, expected: null }))).toEqual({ json: "1" });
    expect(applyWrite("0", write({ ...change, expected: null }))).toBe("conflict");
  });
});
