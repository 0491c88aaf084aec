import { describe, expect, test } from "vitest";
import {
  open,
  bundleOf,
  DOMAIN,
  OTHER_DOMAIN,
  outputOf,
  patience,
  runOne,
  step,
  useSandbox,
} from "./guest-program.ts";

const sandbox = useSandbox({ maxCells: 4, spareCells: 1 });
const quick = { cpuMs: 300 };

describe("a program that would not stop is stopped", () => {
  test.each([
    ["an endless loop", `() => { for (;;); }`],
    [
      "a flood of microtasks",
      `() => { const f = () => Promise.resolve().then(f); f(); return new Promise(() => {}); }`,
    ],
    ["a thrown value whose getter loops", `() => { throw { get message() { for (;;); } }; }`],
    ["an output whose toJSON loops", `() => ({ toJSON() { for (;;); } })`],
    ["a thenable that loops", `() => ({ then() { for (;;); } })`],
    ["a BigInt that grows", `() => { let n = 3n; for (;;) n = n * n; }`],
    ["a regular expression that backtracks", `() => /^(a+)+$/.test("a".repeat(64) + "b")`],
    [
      "timers that burn in turn",
      `() => new Promise(() => setInterval(() => { const t = Date.now() + 30; while (Date.now() < t); }, 0))`,
    ],
  ])("%s ends as cpu-exceeded", async (_name, program) => {
    const report = await runOne(sandbox(), program, { limits: quick });
    expect(report.outcome).toBe("cpu-exceeded");
    expect(report.error?.message).toContain("CPU");
  });
});

describe("a program that takes too much memory is stopped", () => {
  test.each([
    ["arrays", `() => { const kept = []; for (;;) kept.push(new Array(1_000).fill(1)); }`],
    [
      "strings",
      `() => { let text = "x".repeat(1e6); const kept = []; for (;;) kept.push((text += text.slice(1) + Math.random())); }`,
    ],
    ["a Map", `() => { const map = new Map(); for (let n = 0; ; n += 1) map.set(n, { n }); }`],
    [
      "closures",
      `() => { let f = () => 0; for (;;) { const g = f; const pad = new Array(100).fill(g); f = () => pad; } }`,
    ],
  ])("%s end as out-of-memory", async (_name, program) => {
    const report = await runOne(sandbox(), program, { limits: { cpuMs: 20_000 } });
    expect(report.outcome).toBe("out-of-memory");
  });

  test("typed arrays are refused before they pass the heap", async () => {
    const report = await runOne(
      sandbox(),
      `() => { const kept = []; for (;;) kept.push(new Uint8Array(1e7).fill(1)); }`,
    );
    expect(["threw", "out-of-memory"]).toContain(report.outcome);
    expect(report.error?.message).toMatch(/allocation failed|memory/i);
  });

  test("a V8 fatal error ends its cell, not the host, and is named", async () => {
    const report = await runOne(sandbox(), `() => "ab".repeat(2.6e8).split("").length`);
    expect(["crashed", "out-of-memory"]).toContain(report.outcome);
    expect(outputOf(await runOne(sandbox(), `() => "still here"`))).toBe("still here");
  });
});

describe("what a hostile step gives back is a plain outcome", () => {
  test.each([
    ["a proxy", `() => { throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } }); }`],
    [
      "an object whose getters throw",
      `() => { throw { get name() { throw 1; }, get message() { throw 2; }, get stack() { throw 3; } }; }`,
    ],
    ["a BigInt", `() => { throw 10n; }`],
    ["a symbol", `() => { throw Symbol("s"); }`],
    ["undefined", `() => { throw undefined; }`],
    ["a function", `() => { throw () => 1; }`],
    ["an object without a prototype", `() => { throw Object.create(null); }`],
    ["an error with a huge message", `() => { throw new Error("m".repeat(1e6)); }`],
  ])("%s thrown is an error with a bounded message", async (_name, program) => {
    const report = await runOne(sandbox(), program);
    expect(report.outcome).toBe("threw");
    expect(report.error?.message.length).toBeGreaterThan(0);
    expect(report.error?.message.length).toBeLessThanOrEqual(10_000);
  });

  test("a BigInt in an output is the step's own TypeError", async () => {
    const report = await runOne(sandbox(), `() => ({ n: 1n })`);
    expect(report).toMatchObject({ outcome: "threw", error: { name: "TypeError" } });
  });

  test("an output above the limit is refused with its size and the limit", async () => {
    const report = await runOne(sandbox(), `() => "x".repeat(2_000)`, {
      limits: { outputCharacters: 1_000 },
    });
    expect(report.outcome).toBe("output-too-large");
    expect(report.error?.message).toContain("2002");
    expect(report.outputJson).toBeUndefined();
  });

  test("a promise that nothing can settle ends at once as timed-out", async () => {
    const report = await runOne(sandbox(), `() => new Promise(() => {})`);
    expect(report.outcome).toBe("timed-out");
    expect(report.error?.message).toContain("nothing can settle");
    expect(report.timings.runMs).toBeLessThan(2_000);
  });

  test("a step that waits too long ends at its time limit", async () => {
    const report = await runOne(sandbox(), `() => new Promise((done) => setTimeout(done, 60_000))`, {
      timeoutMs: 300,
    });
    expect(report.outcome).toBe("timed-out");
    expect(report.error?.message).toContain("300 ms");
  });

  test("patching the built-ins changes nothing for the host or the next execution", async () => {
    const program = `() => {
      JSON.stringify = () => "forged"; JSON.parse = () => ({ forged: true });
      Promise.prototype.then = () => { throw 1; }; Object.prototype.toJSON = () => "polluted";
      Array.prototype.map = () => []; Map.prototype.get = () => "x"; return { ok: 1 };
    }`;
    const report = await runOne(sandbox(), program);
    expect(["ok", "threw", "timed-out"]).toContain(report.outcome);
    expect(outputOf(await runOne(sandbox(), `({ config }) => [config, {}.toJSON === undefined]`))).toEqual([
      { region: "eu" },
      true,
    ]);
  });
});

describe("there is nothing to reach", () => {
  test("no process, no require, not by any constructor", async () => {
    const program = `function () {
      const evaluate = (text) => { try { return Function("return " + text)(); } catch (error) { return error.name; } };
      const walk = (value) => { try { return typeof value.constructor.constructor("return process")(); } catch (error) { return error.name; } };
      return [
        typeof process, typeof require, typeof module, typeof Deno,
        evaluate("typeof process"), evaluate("this.process === undefined"),
        walk(this ?? globalThis), walk(fetch), walk(console.log), walk(new URL("https://a.example")), walk(setTimeout),
        Object.getOwnPropertyNames(globalThis).filter((name) => /millrace/i.test(name)),
      ];
    }`;
    expect(outputOf(await runOne(sandbox(), program))).toEqual([
      ...Array(4).fill("undefined"),
      "undefined",
      true,
      ...Array(5).fill("ReferenceError"),
      [],
    ]);
  });

  test("no shared or resizable memory, no WebAssembly", async () => {
    const program = `() => [
      typeof WebAssembly, typeof SharedArrayBuffer, typeof Atomics, typeof Intl.Segmenter,
      (() => { try { return new ArrayBuffer(8, { maxByteLength: 1e9 }); } catch (error) { return error.name; } })(),
      (() => { try { return new Uint8Array(8).buffer.constructor(8, { maxByteLength: 1e9 }); } catch (error) { return error.name; } })(),
      new ArrayBuffer(8) instanceof ArrayBuffer, new Uint8Array(4).buffer instanceof ArrayBuffer,
      class extends ArrayBuffer {}.name,
    ]`;
    expect(outputOf(await runOne(sandbox(), program))).toEqual([
      ...Array(4).fill("undefined"),
      "RangeError",
      "TypeError",
      true,
      true,
      "",
    ]);
  });

  test("an error shows no path of the host", async () => {
    const report = await runOne(sandbox(), `() => { try { new URL("::"); } catch (error) { throw error; } }`);
    expect(report.outcome).toBe("threw");
    expect(report.error?.stack ?? "").not.toMatch(/node:|\/work|\/home|\/root|cell-|millrace:guest/);
  });
});

describe("a bundle is hostile from its first line", () => {
  test.each([
    ["loops", `for (;;);`, "cpu-exceeded"],
    ["throws", `throw new RangeError("from the top");`, "threw"],
    ["takes all memory", `const kept = []; for (;;) kept.push(new Array(1000).fill(1));`, "out-of-memory"],
  ])("one that %s while it is evaluated fails its step alone", async (_name, prologue, outcome) => {
    const session = open(sandbox(), bundleOf(`only: () => 1`, prologue), { limits: quick });
    const report = await session.runStep(step("only"), patience());
    session.close();
    // A burst that allocates may run out of either first.
    expect(outcome === "out-of-memory" ? [outcome, "cpu-exceeded"] : [outcome]).toContain(report.outcome);
    expect(outputOf(await runOne(sandbox(), `() => 1`))).toBe(1);
  });
});

describe("neighbours go on undisturbed", () => {
  const burn = `() => { let n = 3n; for (;;) n = n * n; }`;

  test("one in another organization's cell", async () => {
    const neighbour = open(
      sandbox(),
      bundleOf(`wait: () => new Promise((done) => setTimeout(done, 400, "done"))`),
      {
        domain: OTHER_DOMAIN,
      },
    );
    const waiting = neighbour.runStep(step("wait"), patience());
    const attack = await runOne(sandbox(), burn, { limits: quick });
    const report = await waiting;
    neighbour.close();
    expect(attack.outcome).toBe("cpu-exceeded");
    expect(outputOf(report)).toBe("done");
    expect(report.timings.runMs).toBeLessThan(3_000);
  });

  test("those parked in the same cell are run again and lose no attempt", async () => {
    const bundle = bundleOf(`
      first: () => ({ made: "by first" }),
      wait: ({ steps, execution }) => new Promise((done) => setTimeout(done, 600, [steps.first, execution.attempt])),
      attack: ${burn}`);
    const neighbours = Array.from({ length: 6 }, () => {
      const outputs = new Map<string, string>();
      return {
        outputs,
        session: open(sandbox(), bundle, { domain: DOMAIN, inputs: { outputs: () => outputs } }),
      };
    });
    const attacker = open(sandbox(), bundle, { domain: DOMAIN, limits: quick });
    const waiting = neighbours.map(async ({ outputs, session }) => {
      outputs.set("first", (await session.runStep(step("first"), patience())).outputJson ?? "");
      return session.runStep(step("wait"), patience());
    });
    const attacked = await attacker.runStep(step("attack"), patience());
    const reports = await Promise.all(waiting);
    for (const { session } of neighbours) session.close();
    attacker.close();
    expect(attacked.outcome).toBe("cpu-exceeded");
    for (const report of reports) expect(outputOf(report)).toEqual([{ made: "by first" }, 1]);
  });
});
