import { describe, expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import {
  bundleOf,
  bundleOfCode,
  open,
  outputOf,
  patience,
  runOne,
  step,
  useSandbox,
} from "./guest-program.ts";

let armed = false;
let requests = 0;
const sandbox = useSandbox({
  maxCells: 3,
  fetch: (request) => {
    requests += 1;
    const { url } = request;
    return Promise.resolve({
      status: 204,
      statusText: "",
      headers: [],
      body: new Uint8Array(),
      url,
      redirected: false,
    });
  },
  killCellDuringStep: () => {
    const kill = armed;
    armed = false;
    return kill;
  },
});

describe("what a step is given", () => {
  test("trigger, config, key and execution", async () => {
    const program = `({ trigger, config, idempotencyKey, execution, connections }) => ({
      kind: trigger.kind, method: trigger.method, path: trigger.path, a: trigger.query.get("a"), b: trigger.query.get("b"),
      type: trigger.headers.get("content-type"), json: trigger.body.json(), text: trigger.body.text(),
      bytes: [...trigger.body.bytes()].length, at: trigger.receivedAt.toISOString(), config, idempotencyKey, execution, connections,
    })`;
    expect(outputOf(await runOne(sandbox(), program, { executionId: "e-1" }))).toEqual({
      kind: "webhook",
      method: "POST",
      path: "/in",
      a: "1",
      b: "two words",
      type: "application/json",
      json: { n: 7 },
      text: '{"n":7}',
      bytes: 7,
      at: "2023-11-14T22:13:20.000Z",
      config: { region: "eu" },
      idempotencyKey: "key-only",
      execution: { id: "e-1", attempt: 1 },
      connections: {},
    });
  });

  test("a body that is not text comes as the bytes that were sent", async () => {
    const bytes = Buffer.from([0, 255, 200, 10, 13]);
    const trigger = {
      kind: "webhook",
      method: "POST",
      path: "/",
      query: "",
      headers: [] as [string, string][],
      body: { encoding: "base64" as const, data: bytes.toString("base64") },
      receivedAtMs: 0,
    };
    const report = await runOne(sandbox(), `({ trigger }) => [...trigger.body.bytes()]`, {
      inputs: { trigger },
    });
    expect(outputOf(report)).toEqual([...bytes]);
  });

  test("an output of undefined is null", async () => {
    expect(outputOf(await runOne(sandbox(), `() => undefined`))).toBeNull();
  });
});

describe("the steps of one execution", () => {
  const bundle = bundleOf(
    `
    first: () => { count += 1; return { list: [1], count }; },
    second: ({ steps }) => { count += 1; steps.first.list.push(2); return { list: steps.first.list, count }; },
    third: ({ steps }) => { count += 1; return { first: steps.first.list, keys: Object.keys(steps), count }; }`,
    "let count = 0;",
  );

  test("share an isolate, and get each output as it was returned", async () => {
    const session = open(sandbox(), bundle);
    const outputs: unknown[] = [];
    for (const key of ["first", "second", "third"])
      outputs.push(outputOf(await session.runStep(step(key), patience())));
    session.close();
    expect(outputs).toEqual([
      { list: [1], count: 1 },
      { list: [1, 2], count: 2 },
      { first: [1], keys: ["first", "second"], count: 3 },
    ]);
  });

  test("of two executions share nothing", async () => {
    const [left, right] = [open(sandbox(), bundle), open(sandbox(), bundle)];
    await left.runStep(step("first"), patience());
    const report = await right.runStep(step("first"), patience());
    left.close();
    right.close();
    expect(outputOf(report)).toMatchObject({ count: 1 });
  });

  test("a new isolate is given all earlier outputs again", async () => {
    const outputs = new Map([["first", '{"list":[9]}']]);
    const session = open(sandbox(), bundle, { inputs: { outputs: () => outputs } });
    const report = await session.runStep(step("third"), patience());
    session.close();
    expect(outputOf(report)).toEqual({ first: [9], keys: ["first"], count: 1 });
  });

  test("timers and log lines that a step left behind do not reach the next", async () => {
    const session = open(
      sandbox(),
      bundleOf(`
        leave: () => { setInterval(() => console.log("late"), 1); return 1; },
        next: () => new Promise((done) => setTimeout(done, 50, 2))`),
    );
    await session.runStep(step("leave"), patience());
    const report = await session.runStep(step("next"), patience());
    session.close();
    expect(report).toMatchObject({ outcome: "ok", outputJson: "2", logs: [] });
  });

  test("many executions wait side by side", async () => {
    const waiting = bundleOf(
      `wait: ({ trigger }) => new Promise((done) => setTimeout(done, 300, trigger.body.json().n))`,
    );
    const startedAt = performance.now();
    const reports = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const session = open(sandbox(), waiting);
        const report = await session.runStep(step("wait"), patience());
        session.close();
        return report;
      }),
    );
    expect(reports.map(outputOf)).toEqual(Array(60).fill(7));
    expect(performance.now() - startedAt).toBeLessThan(60 * 300);
  });
});

describe("errors", () => {
  test("name, message and the author's line are kept", async () => {
    const report = await runOne(sandbox(), `() => { null.x; }`);
    expect(report).toMatchObject({ outcome: "threw", error: { name: "TypeError" } });
    expect(report.error?.stack).toMatch(/at only \(integration\.js:2:\d+\)/);
  });

  test("RetryableError and FatalError steer the retry", async () => {
    const retryable = await runOne(
      sandbox(),
      `() => { throw Object.assign(new Error("later"), { name: "RetryableError", after: 1500, status: 503 }); }`,
    );
    const fatal = await runOne(
      sandbox(),
      `() => { throw Object.assign(new Error("never"), { name: "FatalError" }); }`,
    );
    expect(retryable.error).toMatchObject({
      retryable: true,
      retryAfterMs: 1500,
      httpStatus: 503,
      message: "later",
    });
    expect(fatal.error).toMatchObject({ retryable: false, message: "never" });
  });

  test("a step without a function is named with its flow", async () => {
    const session = open(sandbox(), bundleOf(`only: () => 1`));
    const report = await session.runStep(step("absent"), patience());
    session.close();
    expect(report.error?.message).toContain('"absent" of flow "flow"');
  });

  test("a bundle that is no script is a SyntaxError of the step", async () => {
    const session = open(sandbox(), bundleOfCode("const = 1;"));
    const report = await session.runStep(step("only"), patience());
    session.close();
    expect(report).toMatchObject({ outcome: "threw", error: { name: "SyntaxError" } });
  });

  test("a bundle without a default export says so", async () => {
    const session = open(sandbox(), bundleOfCode("1;"));
    const report = await session.runStep(step("only"), patience());
    session.close();
    expect(report.error?.message).toContain("defineIntegration");
  });

  test("what loading the bundle rejects with is the caller's to see", async () => {
    const session = open(sandbox(), {
      sha256: "gone",
      load: () => Promise.reject(new Error("database away")),
    });
    await expect(session.runStep(step("only"), patience())).rejects.toThrow("database away");
    session.close();
    expect(outputOf(await runOne(sandbox(), `() => 1`))).toBe(1);
  });
});

describe("logs", () => {
  test("lines have severity and time, and values are rendered", async () => {
    const report = await runOne(
      sandbox(),
      `({ log }) => { log.warn("a", { b: [1, 2n] }); console.error(new RangeError("r")); console.debug(undefined, null, Symbol("s")); }`,
    );
    expect(report.logs.map(({ severity, message }) => [severity, message.split("\n")[0]])).toEqual([
      ["warn", 'a {"b":[1,"2n"]}'],
      ["error", "RangeError: r"],
      ["debug", "undefined null Symbol(s)"],
    ]);
    expect(Math.abs((report.logs[0]?.atMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test("lines and characters beyond the limit are dropped and counted", async () => {
    const report = await runOne(
      sandbox(),
      `({ log }) => { log.info("x".repeat(50_000)); for (let n = 0; n < 1_500; n += 1) log.info(n); }`,
    );
    expect(report.logs).toHaveLength(1_000);
    expect(report.logsDropped).toBe(501);
    expect(report.logs[0]?.message).toHaveLength(10_000);
  });

  test("a killed step's lines are kept as far as they were told", async () => {
    const report = await runOne(
      sandbox(),
      `({ log }) => { log.info("before"); let n = 3n; for (;;) n = n * n; }`,
      {
        limits: { cpuMs: 300 },
      },
    );
    expect(report.outcome).toBe("cpu-exceeded");
    expect(report.logs.map(({ message }) => message)).toEqual(["before"]);
  });
});

describe("cancellation", () => {
  test.each([
    ["parked", `await new Promise((done) => setTimeout(done, 60_000));`],
    ["running in a built-in", `let n = 3n; for (;;) n = n * n;`],
    ["looping", `for (;;);`],
  ])("ends a step that is %s within a second", async (_name, body) => {
    const controller = new AbortController();
    const program = `async ({ fetch }) => { await fetch("https://started.example"); ${body} }`;
    const before = requests;
    const running = runOne(sandbox(), program, { signal: controller.signal, limits: { cpuMs: 20_000 } });
    await waitFor(() => requests > before, { what: "the step has begun" });
    const abortedAt = performance.now();
    controller.abort();
    const report = await running;
    expect(report.outcome).toBe("cancelled");
    expect(performance.now() - abortedAt).toBeLessThan(1_000);
  });

  test("before the start needs no cell", async () => {
    const report = await runOne(sandbox(), `() => 1`, { signal: AbortSignal.abort() });
    expect(report.outcome).toBe("cancelled");
  });
});

describe("a cell that dies", () => {
  test("has its step run again, without spending an attempt", async () => {
    armed = true;
    const report = await runOne(
      sandbox(),
      `({ execution }) => new Promise((done) => setTimeout(done, 200, execution.attempt))`,
    );
    expect(armed).toBe(false);
    expect(outputOf(report)).toBe(1);
  });

  test("by an operator's SIGKILL as well", async () => {
    const running = runOne(sandbox(), `() => new Promise((done) => setTimeout(done, 300, "again"))`);
    const cell = await waitFor(
      () =>
        sandbox()
          .status()
          .cells.find(({ state, isolates }) => state === "bound" && isolates > 0),
      {
        what: "the step is in a cell",
      },
    );
    process.kill(cell.pid, "SIGKILL");
    expect(outputOf(await running)).toBe("again");
  });

  test("three times by one input alone makes that input poison", async () => {
    const bundle = bundleOf(`only: () => { let n = 3n; for (;;) n = n * n; }`);
    const names: (string | undefined)[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const session = open(sandbox(), bundle, { executionId: "poisoned", limits: { cpuMs: 150 } });
      const report = await session.runStep(step("only", { attempt }), patience());
      session.close();
      names.push(report.error?.name);
      if (report.error?.name === "PoisonError")
        expect(report).toMatchObject({ outcome: "crashed", error: { retryable: false } });
    }
    expect(names).toEqual(["CpuExceeded", "CpuExceeded", "PoisonError", "PoisonError"]);
  });
});
