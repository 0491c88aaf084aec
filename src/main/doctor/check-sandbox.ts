import { EngineError } from "#contract/errors.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import type { Finding } from "./finding.ts";
import { fail, ok } from "./finding.ts";

const WITHIN_MS = 30_000;
/** Reached only by guest code that ran in an isolate of a cell which has passed its self-test. */
const GUEST_SAYS = "no default export";

/** Forks a cell, which tests in both its threads that it has no network, files or processes, and runs a line in it. */
export async function checkSandbox(): Promise<Finding[]> {
  const part = "sandbox cell";
  const startedAt = performance.now();
  const fetch = () => Promise.reject(new EngineError("step/not-capable", "The doctor sends nothing"));
  try {
    const sandbox = await createSandbox({ fetch, maxCells: 1, spareCells: 0 });
    try {
      const domain = { organizationId: "doctor", integrationId: "doctor" };
      const bundle = { sha256: "d0c".padEnd(64, "0"), load: () => Promise.resolve({ code: "1 + 1" }) };
      const { outcome, error } = await sandbox.readDefinition(domain, bundle, AbortSignal.timeout(WITHIN_MS));
      const { problem, cgroup } = sandbox.status();
      const kernel = ok("sandbox limits", cgroup.reason);
      if (outcome === "threw" && error?.message.includes(GUEST_SAYS) === true)
        return [
          ok(
            part,
            `its self-test passed and it ran code, in ${Math.round(performance.now() - startedAt)} ms`,
          ),
          kernel,
        ];
      return [
        fail(part, problem ?? `it gave ${outcome}: ${error?.message}`, "no step can run: see the detail"),
        kernel,
      ];
    } finally {
      await sandbox.stop();
    }
  } catch (error) {
    return [
      fail(
        part,
        error instanceof Error ? error.message : String(error),
        "no step can run: mend what the detail names",
      ),
    ];
  }
}
