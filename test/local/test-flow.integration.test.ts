import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defineIntegration, webhook } from "millrace";
import { recordedFetch, testFlow } from "millrace/testing";
import integration from "../fixtures/local/orders.ts";
import { tempDir } from "../support/temp-dir.ts";

const config = { shop: "acme" };
const answerWith =
  (status: number, body: unknown = {}) =>
  () =>
    Response.json(body, { status });

test("steps run in order, each in a fresh scope, with outputs through JSON", async () => {
  const result = await testFlow(integration, "order", {
    payload: { id: 7 },
    headers: { "X-Id": "a" },
    query: { page: "2" },
    config,
    executionId: "e-1",
    fetch: answerWith(201, { ok: true }),
  });
  expect(result.error).toBeUndefined();
  expect(result.steps["parse"]).toEqual({ body: { id: 7 }, at: "1970-01-01T00:00:00.000Z", seen: 1 });
  // A module's state does not last from step to step.
  expect(result.output).toEqual({ answer: { ok: true }, attempt: 1, seen: 1 });
  expect(result.logs).toMatchObject([{ step: "parse", severity: "info", message: "read a 2" }]);
  const [request] = result.requests;
  expect(request).toMatchObject({
    step: "post",
    method: "POST",
    url: "https://api.shop.example/orders",
    status: 201,
    body: JSON.stringify({ shop: "acme", limit: 10, at: "1970-01-01T00:00:00.000Z" }),
  });
  expect(request?.headers.get("Idempotency-Key")).toBe("e-1/post");
});

test("flows that a step starts are told, once each, and not run", async () => {
  const result = await testFlow(integration, "forwarding", { config });
  expect(result.started).toEqual([
    { flow: "order", payload: { id: 7 }, step: "forward" },
    { flow: "counted", payload: null, step: "forward" },
  ]);
  expect(result.output).toContain('there is no flow "no-such-flow" in this version; it has order,');
  expect(result.requests).toEqual([]);
});

test("state is what earlier executions left, and counts a step that is tried again once", async () => {
  const result = await testFlow(integration, "counted", { config, state: { runs: 4 } });
  expect(result.output).toBe(5);
  expect(result.stateValues).toEqual({ runs: 5 });
  expect(result.requests).toEqual([]);
});

test("a step's retry policy is followed without its delays", async () => {
  const answers = [503, 503, 200];
  const result = await testFlow(integration, "order", {
    payload: {},
    config,
    fetch: () => Response.json({}, { status: answers.shift() ?? 500 }),
  });
  expect(result.attempts).toEqual({ parse: 1, post: 3 });
  expect(result.output).toMatchObject({ attempt: 3 });
  const failed = await testFlow(integration, "order", { payload: {}, config, fetch: answerWith(503) });
  expect(failed).toMatchObject({ state: "failed", attempts: { post: 3 }, output: undefined });
  expect(failed.error).toMatchObject({ code: "step/threw", name: "RetryableError", step: "post" });
  expect(failed.error?.stack).toMatch(/orders\.ts:\d+:\d+/);
});

test.each([
  ["fatal", "step/fatal", "never", 1],
  ["denied", "step/not-capable", 'Requires net access to "admin.shop.example:443"', 1],
  ["never", "step/timed-out", "waits for a promise that nothing can settle", 2],
  ["slow", "step/timed-out", "took longer than 100 ms", 2],
  ["no json", "step/fatal", "The body cannot be read as json", 1],
])("a step that ends by %s fails as on the server", async (payload, ...expected) => {
  const [code, message, attempts] = expected;
  const result = await testFlow(integration, "faults", { payload, config });
  expect(result.error?.code).toBe(code);
  expect(result.error?.message).toContain(message);
  expect(result.attempts).toEqual({ run: attempts });
});

test("a step has nothing of Node, and catches a body's error by its class", async () => {
  expect((await testFlow(integration, "faults", { payload: "node", config })).output).toBe("undefined");
  expect((await testFlow(integration, "caught", { payload: "<html>", config })).output).toBe("json");
});

test("a request without an answer fails, and reaches no network", async () => {
  const result = await testFlow(integration, "order", { payload: {}, config });
  expect(result.error?.message).toContain("POST https://api.shop.example/orders has no answer in this test");
});

test("given outputs stand for their steps", async () => {
  const parse = { body: null, at: "2026-01-01T00:00:00.000Z", seen: 9 };
  const result = await testFlow(integration, "order", { config, steps: { parse }, fetch: answerWith(200) });
  expect(result.attempts).toEqual({ parse: 0, post: 1 });
  expect(result.requests[0]?.body).toContain("2026-01-01");
});

test("what does not fit is refused by name", async () => {
  await expect(testFlow(integration, "order", {})).rejects.toThrow('shop: "Shop" needs a value');
  // @ts-expect-error the limit is a number
  const wrong = testFlow(integration, "order", { config: { shop: "acme", limit: "10" } });
  await expect(wrong).rejects.toThrow("limit: must be a number, not text");
  await expect(testFlow(integration, "nope", { config })).rejects.toThrow(
    'has no flow "nope"; it has "order", "counted", "forwarding", "faults", "caught"',
  );
});

test("an integration that is no file's default export is refused", async () => {
  const inline = defineIntegration({ key: "inline", name: "Inline" }).flow(
    "push",
    { trigger: webhook() },
    (flow) => flow.step("s", () => 1),
  );
  await expect(testFlow(inline, "push")).rejects.toMatchObject({ code: "request/definition-refused" });
});

test("requests are recorded once and answered from the file after", async () => {
  const file = join(tempDir(), "recorded", "order.json");
  const run = async (answer: () => Response) =>
    testFlow(integration, "order", { payload: {}, config, fetch: await recordedFetch(file, answer) });
  const first = await run(() =>
    Response.json({ n: 1 }, { status: 201, headers: { "set-cookie": "secret", "x-kept": "1" } }),
  );
  const second = await run(() => {
    throw new Error("the file answers");
  });
  expect(second.output).toEqual(first.output);
  const text = await readFile(file, "utf8");
  expect(text).toContain("x-kept");
  expect(text).not.toContain("secret");
  expect(text).not.toContain("idempotency-key");
  const other = await testFlow(integration, "order", {
    payload: {},
    config: { shop: "another" },
    fetch: await recordedFetch(file),
  });
  expect(other.error?.message).toContain("is not (any more) in");
});
