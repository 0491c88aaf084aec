import { beforeEach, describe, expect, test } from "vitest";
import {
  notCapableMessage,
  type EgressContext,
  type EgressFetch,
  type EgressRequest,
} from "#contract/egress.ts";
import { EngineError } from "#contract/errors.ts";
import { outputOf, runOne, useSandbox } from "./guest-program.ts";
import { waitFor } from "../support/wait-for.ts";

let asked: { request: EgressRequest; context: EgressContext }[] = [];
let answer: EgressFetch;
const sandbox = useSandbox({
  maxCells: 2,
  fetch: (request, context) => {
    asked.push({ request, context });
    return answer(request, context);
  },
});

const reply =
  (body: string | Uint8Array, init: { status?: number; headers?: [string, string][] } = {}): EgressFetch =>
  ({ url }) =>
    Promise.resolve({
      status: init.status ?? 200,
      statusText: "OK",
      headers: init.headers ?? [["content-type", "application/json"]],
      body: Buffer.from(body),
      url,
      redirected: false,
    });

beforeEach(() => {
  asked = [];
  answer = reply('{"ok":true}');
});

describe("a step's fetch", () => {
  test("asks egress with the step's permissions and gets the answer", async () => {
    const permissions = { net: { allow: ["a.example"], deny: [] } };
    const program = `async ({ fetch }) => {
      const response = await fetch("https://a.example/p?q=1", { method: "put", headers: { "X-One": "1" }, body: "text" });
      return [response.status, response.ok, response.headers.get("content-type"), response.url, await response.json()];
    }`;
    const report = await runOne(sandbox(), program, { permissions });
    expect(outputOf(report)).toEqual([
      200,
      true,
      "application/json",
      "https://a.example/p?q=1",
      { ok: true },
    ]);
    expect(report.fetches).toEqual({ count: 1, last: { method: "PUT", host: "a.example", status: 200 } });
    expect(asked[0]?.request).toEqual({
      url: "https://a.example/p?q=1",
      method: "PUT",
      headers: [
        ["x-one", "1"],
        ["content-type", "text/plain;charset=UTF-8"],
      ],
      redirect: "follow",
      body: Buffer.from("text"),
    });
    expect(asked[0]?.context.permissions).toEqual(permissions);
    expect(asked[0]?.context.limits).toEqual({
      requestBytes: 5_242_880,
      responseBytes: 10_485_760,
      redirects: 5,
      timeoutMs: 300_000,
    });
  });

  test("asks egress with the permissions that are the step's own as it begins", async () => {
    const permissions = (stepKey: string) => ({ net: { allow: [`${stepKey}.example`], deny: [] } });
    await runOne(sandbox(), `({ fetch }) => fetch("https://a.example").then(() => 1)`, { permissions });
    expect(asked[0]?.context.permissions).toEqual({ net: { allow: ["only.example"], deny: [] } });
  });

  test("can be asked about beforehand, in Deno's words", async () => {
    const permissions = { net: { allow: ["a.example:443"], deny: ["b.example"] } };
    const program = `async ({ permissions }) => {
      const state = async (descriptor) => (await permissions.query(descriptor)).state;
      const failure = (descriptor) => permissions.query(descriptor).catch((error) => error.name + ": " + error.message);
      const status = permissions.querySync({ name: "net", host: "a.example:443" });
      return [
        await state({ name: "net", host: "A.example.:443" }),
        await state({ name: "net", host: "a.example" }),
        await state({ name: "net" }),
        await state({ name: "env", variable: "HOME" }),
        await state({ name: "read", path: "/etc/passwd" }),
        [status.partial, status.onchange, status instanceof EventTarget],
        await failure({ name: "hrtime" }),
        await failure({ name: "net", host: "::1" }),
        await failure(),
      ];
    }`;
    expect(outputOf(await runOne(sandbox(), program, { permissions }))).toEqual([
      "granted",
      "denied",
      "denied",
      "denied",
      "denied",
      [false, null, true],
      'TypeError: The provided value "hrtime" is not a valid permission name',
      "URIError: ipv6 addresses must be enclosed in square brackets: '::1'",
      'TypeError: The provided value "undefined" is not a valid permission name',
    ]);
    expect(asked).toEqual([]);
  });

  test("sends JSON and the step's key on request", async () => {
    await runOne(
      sandbox(),
      `({ fetch }) => fetch("https://a.example", { json: { a: "é" }, idempotencyKey: true }).then(() => 1)`,
    );
    expect(asked[0]?.request).toMatchObject({
      method: "POST",
      headers: [
        ["content-type", "application/json"],
        ["idempotency-key", "key-only"],
      ],
      body: Buffer.from('{"a":"é"}'),
    });
  });

  test("carries bytes both ways unchanged", async () => {
    const bytes = new Uint8Array(256).map((_, at) => at);
    answer = reply(bytes);
    const program = `async ({ fetch }) => {
      const sent = new Uint8Array(256).map((_, at) => at);
      const response = await fetch("https://a.example", { method: "POST", body: sent });
      return [...new Uint8Array(await response.arrayBuffer())];
    }`;
    expect(outputOf(await runOne(sandbox(), program))).toEqual([...bytes]);
    expect(asked[0]?.request.body).toEqual(Buffer.from(bytes));
  });

  test("that is not granted is a NotCapable error and outcome, in Deno's words", async () => {
    answer = (_request, { onAccess }) => {
      onAccess({ atMs: 1, permission: "net", value: "evil.example:443", granted: false });
      return Promise.reject(new EngineError("step/not-capable", notCapableMessage("evil.example:443")));
    };
    const report = await runOne(sandbox(), `({ fetch }) => fetch("https://evil.example")`);
    expect(report).toMatchObject({
      outcome: "not-capable",
      error: {
        name: "NotCapable",
        message: 'Requires net access to "evil.example:443", add it to permissions.net in the manifest',
        retryable: false,
      },
      accesses: [{ value: "evil.example:443", granted: false }],
    });
  });

  test("that fails is a TypeError which a step may catch", async () => {
    answer = () => Promise.reject(new EngineError("engine/unavailable", "connection refused"));
    const program = `async ({ fetch }) => { try { await fetch("https://a.example"); } catch (error) { return [error.name, error.message]; } }`;
    expect(outputOf(await runOne(sandbox(), program))).toEqual([
      "TypeError",
      "fetch failed: connection refused",
    ]);
  });

  test("can be aborted, and egress hears of it", async () => {
    answer = (request, context) =>
      request.url.includes("never")
        ? new Promise((_resolve, reject) => {
            context.signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
          })
        : reply("{}")(request, context);
    // The second, answered one shows that the host has the first in hand before it is aborted.
    const program = `async ({ fetch }) => {
      const controller = new AbortController();
      const waiting = fetch("https://never.example", { signal: controller.signal });
      await fetch("https://a.example");
      controller.abort();
      try { await waiting; } catch (error) { return error.name; }
    }`;
    expect(outputOf(await runOne(sandbox(), program))).toBe("AbortError");
    expect(asked[0]?.context.signal.aborted).toBe(true);
  });

  test("that nobody awaited is given up when the step ends", async () => {
    // The second, answered one shows that the host has the first in hand before the step ends.
    answer = (request, context) =>
      request.url.includes("never") ? new Promise(() => {}) : reply("{}")(request, context);
    const program = `async ({ fetch }) => { fetch("https://never.example"); await fetch("https://a.example"); return 1; }`;
    expect(outputOf(await runOne(sandbox(), program))).toBe(1);
    await waitFor(() => asked[0]?.context.signal.aborted, { what: "the pending fetch is given up" });
  });
});

describe("limits of a step's fetches", () => {
  test("at most six are under way at once", async () => {
    let underWay = 0;
    let most = 0;
    answer = async (request, context) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((done) => setImmediate(done));
      underWay -= 1;
      return reply("{}")(request, context);
    };
    const program = `async ({ fetch }) => (await Promise.all(Array.from({ length: 30 }, () => fetch("https://a.example")))).length`;
    expect(outputOf(await runOne(sandbox(), program))).toBe(30);
    expect(most).toBeLessThanOrEqual(6);
  });

  test("beyond the number allowed a fetch fails and says so", async () => {
    const program = `async ({ fetch }) => {
      const settled = await Promise.allSettled(Array.from({ length: 7 }, () => fetch("https://a.example")));
      return settled.filter(({ status }) => status === "rejected").map(({ reason }) => reason.message);
    }`;
    const report = await runOne(sandbox(), program, { limits: { fetches: 5 } });
    expect(outputOf(report)).toEqual(Array(2).fill("fetch failed: a step makes at most 5 requests"));
    expect(report.fetches.count).toBe(5);
  });
});
