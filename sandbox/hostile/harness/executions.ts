import { createHash } from "node:crypto";
import { createId } from "#contract/create-id.ts";
import type {
  Bundle,
  Sandbox,
  SandboxSession,
  SessionOptions,
  StepRequest,
  TrustDomain,
} from "#contract/sandbox.ts";
import { PROBE } from "./probe.ts";

/** Integrations as text, and executions of them. */
export const ATTACKER: TrustDomain = { organizationId: "attacker", integrationId: "hostile" };
export const NEIGHBOUR: TrustDomain = { organizationId: "neighbour", integrationId: "honest" };

/** The trigger's body as `input`, as `millrace sandbox run` gives it. */
const WITH_INPUT = `const withInput = (run) => (context) => run.call(undefined, Object.assign(context, { input: context.trigger.body.json() }));`;

export function bundleOf(
  steps: Record<string, string>,
  { prologue = "", sourceMap }: { prologue?: string | undefined; sourceMap?: string | undefined } = {},
): Bundle {
  const functions = Object.entries(steps).map(([key, code]) => `${JSON.stringify(key)}: withInput(${code})`);
  const code = `(() => { ${PROBE}\n${WITH_INPUT}\n${prologue}
    globalThis.__millraceIntegration = { definition: { flows: [] }, functions: { flow: { ${functions.join(",\n")} } } };
  })();`;
  // With its map: programs of the same text are others with another.
  const sha256 = createHash("sha256")
    .update(code)
    .update(sourceMap ?? "")
    .digest("hex");
  const map = sourceMap === undefined ? {} : { sourceMap };
  return { sha256, load: () => Promise.resolve({ code, ...map }) };
}

export interface ExecutionOptions extends Pick<SessionOptions, "domain" | "bundle"> {
  input: unknown;
  config: unknown;
  permissions?: SessionOptions["permissions"];
  limits?: SessionOptions["limits"];
}

export function openExecution(sandbox: Sandbox, options: ExecutionOptions): SandboxSession {
  const { domain, bundle, input, config, permissions = {}, limits } = options;
  return sandbox.openSession(
    {
      domain,
      bundle,
      executionId: createId(),
      flowKey: "flow",
      permissions,
      ...(limits === undefined ? {} : { limits }),
    },
    {
      trigger: {
        kind: "webhook",
        method: "POST",
        path: "/",
        query: "",
        headers: [["content-type", "application/json"]],
        body: { encoding: "utf8", data: JSON.stringify(input) },
        receivedAtMs: Date.now(),
      },
      configJson: JSON.stringify(config),
      outputs: () => new Map(),
      readState: () => Promise.resolve(null),
    },
  );
}

export function stepRequest(stepKey: string, timeoutMs: number): StepRequest {
  return { path: stepKey, stepKey, attempt: 1, timeoutMs, idempotencyKey: createId() };
}
