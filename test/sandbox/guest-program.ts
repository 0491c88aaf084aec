import { createHash } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import type { EgressFetch } from "#contract/egress.ts";
import { EngineError } from "#contract/errors.ts";
import type {
  Bundle,
  Sandbox,
  SandboxSession,
  SessionInputs,
  SessionOptions,
  StepReport,
  StepRequest,
  TrustDomain,
} from "#contract/sandbox.ts";
import { createSandbox, type SandboxOptions } from "#sandbox/host/create-sandbox.ts";

/** For tests of real cells: programs as source text, sessions with little ceremony. */
export const DOMAIN: TrustDomain = { organizationId: "org", integrationId: "integration" };
export const OTHER_DOMAIN: TrustDomain = { organizationId: "other", integrationId: "integration" };

export const noNetwork: EgressFetch = () =>
  Promise.reject(new EngineError("engine/unavailable", "there is no network in this test"));

/** Starts a sandbox for the file and ends it after; the returned function gives it. */
export function useSandbox(options: Partial<SandboxOptions> = {}): () => Sandbox {
  let sandbox: Sandbox | undefined;
  beforeAll(async () => {
    sandbox = await createSandbox({ fetch: noNetwork, ...options });
  });
  afterAll(async () => sandbox?.stop());
  return () => {
    if (sandbox === undefined) throw new Error("The sandbox is there only while tests run");
    return sandbox;
  };
}

/** A bundle whose flow `flow` has these steps: `step: (context) => …`. */
export function bundleOf(steps: string, prologue = ""): Bundle {
  const code = `(() => { ${prologue}
globalThis.__millraceIntegration = { definition: { flows: [] }, functions: { flow: { ${steps} } } };
})();`;
  return bundleOfCode(code);
}

export function bundleOfCode(code: string, sourceMap?: string): Bundle {
  const sha256 = createHash("sha256").update(code).digest("hex");
  return {
    sha256,
    load: () => Promise.resolve({ code, ...(sourceMap === undefined ? {} : { sourceMap }) }),
  };
}

let lastExecution = 0;

export interface OpenOptions extends Partial<
  Pick<SessionOptions, "domain" | "limits" | "permissions" | "executionId">
> {
  inputs?: Partial<SessionInputs>;
}

export function open(sandbox: Sandbox, bundle: Bundle, options: OpenOptions = {}): SandboxSession {
  const { inputs, ...session } = options;
  lastExecution += 1;
  return sandbox.openSession(
    {
      domain: DOMAIN,
      bundle,
      executionId: `execution-${lastExecution}`,
      flowKey: "flow",
      permissions: {},
      ...session,
    },
    {
      trigger: {
        kind: "webhook",
        method: "POST",
        path: "/in",
        query: "a=1&b=two%20words",
        headers: [["Content-Type", "application/json"]],
        body: { encoding: "utf8", data: '{"n":7}' },
        receivedAtMs: 1_700_000_000_000,
      },
      configJson: '{"region":"eu"}',
      outputs: () => new Map(),
      ...inputs,
    },
  );
}

export function step(stepKey: string, request: Partial<StepRequest> = {}): StepRequest {
  return {
    path: stepKey,
    stepKey,
    attempt: 1,
    timeoutMs: 20_000,
    idempotencyKey: `key-${stepKey}`,
    ...request,
  };
}

/** Long enough for a machine with other work; a test that needs a limit sets its own. */
export const patience = (): AbortSignal => AbortSignal.timeout(50_000);

/** Runs one function as one step of an execution of its own. */
export async function runOne(
  sandbox: Sandbox,
  program: string,
  options: OpenOptions & { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<StepReport> {
  const { timeoutMs, signal, ...session } = options;
  const opened = open(sandbox, bundleOf(`only: ${program}`), session);
  const request = step("only", timeoutMs === undefined ? {} : { timeoutMs });
  try {
    return await opened.runStep(request, signal ?? patience());
  } finally {
    opened.close();
  }
}

export function outputOf(report: StepReport): unknown {
  if (report.outcome !== "ok" || report.outputJson === undefined)
    throw new Error(`${report.outcome}: ${JSON.stringify(report.error)}`);
  return JSON.parse(report.outputJson) as unknown;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
