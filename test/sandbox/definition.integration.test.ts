import { describe, expect, test } from "vitest";
import { bundleOfCode, DOMAIN, patience, useSandbox } from "./guest-program.ts";

const sandbox = useSandbox({ maxCells: 2 });
const read = (definition: string, functions = "{}", prologue = "") =>
  sandbox().readDefinition(
    DOMAIN,
    bundleOfCode(
      `${prologue}; globalThis.__millraceIntegration = { definition: ${definition}, functions: ${functions} };`,
    ),
    patience(),
  );

describe("reading a definition", () => {
  test("gives its JSON once each step has a function", async () => {
    const flows = `[{ key: "f", steps: [{ key: "a" }, { key: "b" }] }]`;
    expect(await read(`{ key: "k", flows: ${flows} }`, `{ f: { a() {}, b() {} } }`)).toEqual({
      outcome: "ok",
      definitionJson: '{"key":"k","flows":[{"key":"f","steps":[{"key":"a"},{"key":"b"}]}]}',
    });
    const report = await read(`{ flows: ${flows} }`, `{ f: { a() {} } }`);
    expect(report).toMatchObject({ outcome: "threw" });
    expect(report.error?.message).toContain('"b" of flow "f"');
  });

  test("twice gives the same, whatever it asks of clock and chance", async () => {
    const volatile = `{ flows: [], at: Date.now(), now: new Date().toISOString(), text: Date(), t: performance.now(), random: Math.random(), id: crypto.randomUUID(), bytes: [...crypto.getRandomValues(new Uint8Array(4))] }`;
    const [first, second] = [await read(volatile), await read(volatile)];
    expect(first.outcome).toBe("ok");
    expect(second).toEqual(first);
    expect(first.definitionJson).toContain('"now":"2026-01-01T00:00:00.000Z"');
  });

  test("has no network and waits for nothing", async () => {
    const report = await read(
      `{ flows: [], kind: typeof fetch, tried: state }`,
      "{}",
      `let state = "nothing came"; fetch("https://a.example").then(() => (state = "came"), () => (state = "failed")); setTimeout(() => (state = "timer"), 0)`,
    );
    expect(JSON.parse(report.definitionJson ?? "")).toMatchObject({ tried: "nothing came" });
  });

  test.each([
    ["throws", `throw new Error("at the top")`, "threw"],
    ["loops", `for (;;)`, "cpu-exceeded"],
  ])("of a bundle that %s is an outcome", async (_name, prologue, outcome) => {
    expect((await read(`{ flows: [] }`, "{}", prologue)).outcome).toBe(outcome);
  });

  test("that is no JSON is the author's error", async () => {
    expect((await read(`{ flows: [], n: 1n }`)).error?.name).toBe("TypeError");
    expect((await read(`undefined`)).error?.message).toContain("no definition");
  });
});
