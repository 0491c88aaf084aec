/**
 * The step that runs one test in an isolate, as a bundle. The same for all tests, whose scripts come with the
 * trigger, so that cells hold it ready. It plays the part of the tests' shell: a `location`, a base for relative
 * URLs, and scripts that are evaluated one after another in the global scope.
 */
export const TEST_PROGRAM = `(() => {
async function runTest({ trigger }) {
  const { href, scripts, waitMs } = trigger.body.json();
  const base = new URL(href);
  globalThis.location = Object.defineProperty({ href, origin: base.origin, search: base.search, pathname: base.pathname, protocol: base.protocol }, "toString", { value: () => href });
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
  withBase(base);
  const { promise, resolve } = Promise.withResolvers();
  const results = [];
  const start = scripts.shift();
  (0, eval)(start.text + "\\n//# sourceURL=" + start.name);
  setTimeout(resolve, waitMs, { status: "timeout" });
  // Whoever checks interfaces wants to know of which kind of global; the harness has chosen its own part by now.
  globalThis.DedicatedWorkerGlobalScope = class { static [Symbol.hasInstance](value) { return value === globalThis; } };
  add_result_callback((test) => results.push({ name: test.name, status: test.status, message: test.message }));
  add_completion_callback((tests, { status, message }) => resolve({ status: ["ok", "error", "timeout", "error"][status], message }));
  try {
    for (const { name, text } of scripts) (0, eval)(text + "\\n//# sourceURL=" + name);
  } catch (error) {
    return { status: "error", message: String(error), results };
  }
  const end = await promise;
  return { ...end, results };
}

/** As in a page: relative to where the test lies. */
function withBase(base) {
  const absolute = (input) => (typeof input === "string" || typeof input === "function" ? new URL(input, base).href : input);
  const { fetch, Request } = globalThis;
  globalThis.fetch = (input, init) => fetch(absolute(input), init);
  if (!base.pathname.includes("/fetch/api/")) return;
  globalThis.Request = new Proxy(Request, {
    construct: (target, [input, ...rest], newTarget) => Reflect.construct(target, [absolute(input), ...rest], newTarget),
  });
  Request.prototype.constructor = globalThis.Request;
  const { redirect } = Response;
  Response.redirect = (url, ...rest) => redirect.call(Response, absolute(url), ...rest);
}

globalThis.__millraceIntegration = { definition: { flows: [] }, functions: { wpt: { run: runTest } } };
})();`;
