import { describe, expect, test } from "vitest";
import { outputOf, runOne, useSandbox } from "./guest-program.ts";

const sandbox = useSandbox({ maxCells: 2 });
const run = async (program: string) => outputOf(await runOne(sandbox(), program));
/** The name of what an expression throws, or its value. */
const attempt = (expression: string) =>
  run(
    `async () => { try { return await (${expression}); } catch (error) { return [error.name, error.constructor.name]; } }`,
  );

describe("URL and URLSearchParams", () => {
  test("parse and write as Node's do", async () => {
    const inputs = [
      "https://user:pw@EXAMPLE.com:443/a/../b?q=%20x#h",
      "http://[::1]:8080/",
      "data:text/plain,x",
    ];
    const expected = inputs.map((input) => {
      const { href, origin, host, port, pathname, search, hash, username, password, protocol } = new URL(
        input,
      );
      return { href, origin, host, port, pathname, search, hash, username, password, protocol };
    });
    const program = `() => ${JSON.stringify(inputs)}.map((input) => {
      const { href, origin, host, port, pathname, search, hash, username, password, protocol } = new URL(input);
      return { href, origin, host, port, pathname, search, hash, username, password, protocol };
    })`;
    expect(await run(program)).toEqual(expected);
  });

  test("follow each other's changes", async () => {
    const program = `() => {
      const url = new URL("../c?a=1", "https://example.com/x/y");
      url.searchParams.append("b", "2 3"); url.hash = "end"; url.port = "8443";
      const before = url.href; url.search = "?z=9";
      return [before, url.searchParams.get("z"), url.searchParams.size, String(url), JSON.stringify({ url })];
    }`;
    const after = "https://example.com:8443/c?z=9#end";
    expect(await run(program)).toEqual([
      "https://example.com:8443/c?a=1&b=2+3#end",
      "9",
      1,
      after,
      JSON.stringify({ url: after }),
    ]);
  });

  test("refuse what is no URL", async () => {
    expect(await attempt(`new URL("nope")`)).toEqual(["TypeError", "TypeError"]);
    expect(await run(`() => [URL.canParse("nope"), URL.canParse("a", "https://b.example")]`)).toEqual([
      false,
      true,
    ]);
  });

  test("search parameters keep order and repeats", async () => {
    const program = `() => {
      const params = new URLSearchParams([["b", "1"], ["a", "2"], ["b", "3"]]);
      params.set("a", "&="); params.sort();
      return [params.toString(), params.getAll("b"), [...new URLSearchParams({ x: 1 })], params.has("c")];
    }`;
    expect(await run(program)).toEqual(["a=%26%3D&b=1&b=3", ["1", "3"], [["x", "1"]], false]);
  });
});

describe("text, bytes and base64", () => {
  test("UTF-8 goes both ways, whole and in pieces", async () => {
    const program = `() => {
      const text = "é€😀 \\ud800x"; const bytes = new TextEncoder().encode(text);
      const decoder = new TextDecoder(); let streamed = "";
      for (const byte of bytes) streamed += decoder.decode(new Uint8Array([byte]), { stream: true });
      return [[...bytes], new TextDecoder().decode(bytes), streamed + decoder.decode(), new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 65]))];
    }`;
    const bytes = [...new TextEncoder().encode("é€😀 \ud800x")];
    expect(await run(program)).toEqual([bytes, "é€😀 \ufffdx", "é€😀 \ufffdx", "A"]);
  });

  test("a fatal decoder refuses bytes that are not UTF-8", async () => {
    expect(await attempt(`new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255]))`)).toEqual([
      "TypeError",
      "TypeError",
    ]);
    expect(await attempt(`new TextDecoder("nonsense")`)).toEqual(["RangeError", "RangeError"]);
  });

  test("atob and btoa agree with Node's", async () => {
    expect(await run(`() => [btoa("\\x00\\xffab"), atob("AP9hYg==").length, atob(btoa("text"))]`)).toEqual([
      btoa("\x00\xffab"),
      4,
      "text",
    ]);
    expect(await attempt(`btoa("€")`)).toEqual(["InvalidCharacterError", "DOMException"]);
    expect(await attempt(`atob("%")`)).toEqual(["InvalidCharacterError", "DOMException"]);
  });
});

describe("crypto", () => {
  test("gives random bytes and version 4 UUIDs", async () => {
    const program = `() => {
      const a = crypto.getRandomValues(new Uint8Array(32)); const b = crypto.getRandomValues(new Uint32Array(8));
      return [crypto.randomUUID(), crypto.randomUUID(), new Set(a).size > 8, b.some((n) => n > 255)];
    }`;
    const [first, second, ...random] = (await run(program)) as [string, string, boolean, boolean];
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
    expect(random).toEqual([true, true]);
    expect(await attempt(`crypto.getRandomValues(new Uint8Array(65_537))`)).toEqual([
      "QuotaExceededError",
      "DOMException",
    ]);
  });
});

describe("structuredClone", () => {
  test("copies cycles, collections, dates, errors and bytes", async () => {
    const program = `() => {
      const value = { map: new Map([["k", new Set([1])]]), at: new Date(5), bytes: new Uint8Array([1, 2]), error: new RangeError("r"), pattern: /x/gi };
      value.self = value; const copy = structuredClone(value); value.bytes[0] = 9;
      return [copy !== value, copy.self === copy, [...copy.map.get("k")], copy.at.getTime(), [...copy.bytes], copy.error instanceof RangeError, String(copy.pattern)];
    }`;
    expect(await run(program)).toEqual([true, true, [1], 5, [1, 2], true, "/x/gi"]);
  });

  test("refuses what cannot be cloned", async () => {
    expect(await attempt(`structuredClone({ f() {} })`)).toEqual(["DataCloneError", "DOMException"]);
    expect(await attempt(`structuredClone(Symbol("s"))`)).toEqual(["DataCloneError", "DOMException"]);
  });
});

describe("timers", () => {
  test("fire in order, repeat, and can be cleared", async () => {
    const program = `() => new Promise((done) => {
      const seen = []; const never = setTimeout(() => seen.push("never"), 5); clearTimeout(never);
      setTimeout((word) => seen.push(word), 20, "later"); setTimeout(() => seen.push("now")); queueMicrotask(() => seen.push("micro"));
      let ticks = 0; const interval = setInterval(() => { ticks += 1; if (ticks === 3) { clearInterval(interval); setTimeout(done, 40, [...seen, ticks]); } }, 1);
      setTimeout(() => done([...seen, ticks]), 120);
    })`;
    const seen = (await run(program)) as unknown[];
    expect(seen.slice(0, 2)).toEqual(["micro", "now"]);
    expect(seen.at(-1)).toBe(3);
    expect(seen).not.toContain("never");
  });

  test("are bounded in number", async () => {
    expect(
      await attempt(`(() => { for (let n = 0; n < 2_000; n += 1) setTimeout(() => {}, 60_000); })()`),
    ).toEqual(["RangeError", "RangeError"]);
  });

  test("an error in a timer is a line of the log, and the step goes on", async () => {
    const report = await runOne(
      sandbox(),
      `() => new Promise((done) => { setTimeout(() => { throw new Error("in a timer"); }); setTimeout(done, 30, "went on"); })`,
    );
    expect(outputOf(report)).toBe("went on");
    expect(report.logs[0]).toMatchObject({ severity: "error" });
    expect(report.logs[0]?.message).toContain("in a timer");
  });

  test("performance.now grows with the clock", async () => {
    const elapsed = await run(
      `async () => { const from = performance.now(); await new Promise((done) => setTimeout(done, 30)); return performance.now() - from; }`,
    );
    expect(elapsed).toBeGreaterThanOrEqual(28);
  });
});

describe("events and abort signals", () => {
  test("a signal tells its listeners once, with the reason", async () => {
    const program = `() => {
      const controller = new AbortController(); const seen = [];
      controller.signal.addEventListener("abort", (event) => seen.push(event.type, event.target === controller.signal));
      controller.signal.onabort = () => seen.push("on"); controller.abort("why"); controller.abort("again");
      return [seen, controller.signal.aborted, controller.signal.reason];
    }`;
    expect(await run(program)).toEqual([["abort", true, "on"], true, "why"]);
  });

  test("timeout, any and throwIfAborted", async () => {
    const program = `async () => {
      const any = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(10)]);
      await new Promise((done) => any.addEventListener("abort", done));
      try { any.throwIfAborted(); } catch (error) { return [error.name, error.code, error instanceof DOMException, error instanceof Error]; }
    }`;
    expect(await run(program)).toEqual(["TimeoutError", 23, true, true]);
    expect(await attempt(`new AbortSignal()`)).toEqual(["TypeError", "TypeError"]);
  });

  test("an event target keeps once, removal and cancellation", async () => {
    const program = `() => {
      const target = new EventTarget(); const seen = []; const listener = { handleEvent: (event) => seen.push(event.detail) };
      target.addEventListener("x", listener); target.addEventListener("x", () => seen.push("once"), { once: true });
      target.dispatchEvent(new CustomEvent("x", { detail: 1 })); target.removeEventListener("x", listener);
      target.addEventListener("x", (event) => event.preventDefault());
      return [seen, target.dispatchEvent(new Event("x", { cancelable: true })), seen.length];
    }`;
    expect(await run(program)).toEqual([[1, "once"], false, 2]);
  });
});

describe("Headers, Request and Response", () => {
  test("headers join, sort and keep cookies apart", async () => {
    const program = `() => {
      const headers = new Headers({ "X-B": " 1 ", a: "2" }); headers.append("x-b", "3"); headers.append("Set-Cookie", "c=1"); headers.append("set-cookie", "d=2");
      return [[...headers], headers.get("X-B"), headers.getSetCookie(), headers.has("none")];
    }`;
    expect(await run(program)).toEqual([
      [
        ["a", "2"],
        ["set-cookie", "c=1"],
        ["set-cookie", "d=2"],
        ["x-b", "1, 3"],
      ],
      "1, 3",
      ["c=1", "d=2"],
      false,
    ]);
  });

  test.each([`"a b": "1"`, `a: "1\\r\\nb: 2"`, `a: "\\0"`])(
    "a header that could smuggle is refused: {%s}",
    async (pair) => {
      expect(await attempt(`new Headers({ ${pair} })`)).toEqual(["TypeError", "TypeError"]);
    },
  );

  test("a body is read once, in any form", async () => {
    const program = `async () => {
      const response = Response.json({ a: 1 }, { status: 201 }); const copy = response.clone();
      const text = await response.text(); let again; try { await response.text(); } catch (error) { again = error.name; }
      return [response.status, response.ok, response.headers.get("content-type"), text, again, [...await copy.bytes()].length, response.bodyUsed,
        await new Request("https://a.example", { method: "post", body: new Uint8Array([104, 105]) }).text(), new Response(null, { status: 404 }).ok];
    }`;
    expect(await run(program)).toEqual([
      201,
      true,
      "application/json",
      '{"a":1}',
      "TypeError",
      7,
      true,
      "hi",
      false,
    ]);
  });

  test("a request with a body needs a method that has one", async () => {
    expect(await attempt(`new Request("https://a.example", { body: "x" })`)).toEqual([
      "TypeError",
      "TypeError",
    ]);
    expect(await attempt(`new Request("https://a.example", { method: "CONNECT" })`)).toEqual([
      "TypeError",
      "TypeError",
    ]);
  });
});
