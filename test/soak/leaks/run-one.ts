import { createHash } from "node:crypto";
import { createId } from "#contract/create-id.ts";
import { EngineError } from "#contract/errors.ts";
import type { Bundle, Sandbox, StepReport, TrustDomain } from "#contract/sandbox.ts";

/** An execution of one step that touches most of what a step may: a URL, the console, a timer, a refused request, an error now and then. */
const bundle = bundleOf(`
  work: async ({ fetch, config }) => {
    const url = new URL("https://a.example/?q=1");
    console.log("line", url.href);
    await new Promise((done) => setTimeout(done, 1));
    await fetch("https://a.example/").catch(() => {});
    if (config.n % 10 === 0) throw new Error("now and then");
    return { n: config.n, text: "x".repeat(2_000) };
  }`);

export async function runOne(sandbox: Sandbox, domain: TrustDomain, n: number): Promise<StepReport> {
  const session = sandbox.openSession(
    { domain, bundle, executionId: createId(), flowKey: "flow", permissions: {} },
    {
      trigger: {
        kind: "test",
        method: "POST",
        path: "/",
        query: "",
        headers: [],
        body: { encoding: "utf8", data: "{}" },
        receivedAtMs: Date.now(),
      },
      configJson: JSON.stringify({ n }),
      outputs: () => new Map(),
    },
  );
  const request = {
    path: "work",
    stepKey: "work",
    attempt: 1,
    timeoutMs: 30_000,
    idempotencyKey: createId(),
  };
  const report = await session.runStep(request, AbortSignal.timeout(60_000));
  session.close();
  return report;
}

export function noNetwork(): Promise<never> {
  return Promise.reject(new EngineError("engine/unavailable", "there is no network in this soak"));
}

function bundleOf(steps: string): Bundle {
  const code = `globalThis.__millraceIntegration = { definition: { flows: [] }, functions: { flow: { ${steps} } } };`;
  return { sha256: createHash("sha256").update(code).digest("hex"), load: () => Promise.resolve({ code }) };
}
