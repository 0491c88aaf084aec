import { createHash } from "node:crypto";
import { createId } from "#contract/create-id.ts";
import type { EgressFetch } from "#contract/egress.ts";
import type { Json } from "#contract/json.ts";
import { LIMITS } from "#contract/limits.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import type { SandboxLimits, SessionInputs, StepReport } from "#contract/sandbox.ts";
import { bundleFile, FILE_FLOW, FILE_STEP } from "./bundle-file.ts";
import { createSandbox } from "./create-sandbox.ts";

export interface RunFileOptions {
  /** JavaScript or TypeScript whose default export is a function of the step's context. */
  file: string;
  /** The context's `input`. Default: null. */
  input?: Json;
  permissions: PermissionManifest;
  fetch: EgressFetch;
  signal: AbortSignal;
  timeoutMs?: number;
  limits?: Partial<SandboxLimits>;
  /** As the sandbox's option. */
  cacheFolder?: string;
}

export interface FileReport {
  outcome: StepReport["outcome"];
  outputJson?: string;
  error?: StepReport["error"];
  logs: StepReport["logs"];
  /** From the step's start to its outcome. */
  durationMs: number;
  cpuMs: number;
  /** Heap in use at the end, or what its cell took when it was ended for it. */
  peakMemoryMb: number;
  /** Every access that was decided on, allowed or refused. */
  audit: StepReport["accesses"];
  /** Accesses beyond those that are kept. */
  auditDropped: number;
  fetches: StepReport["fetches"];
}

/**
 * Runs a file's default export as one step in a cell made for it.
 *
 * @throws EngineError where there was nothing to run: the file cannot be bundled
 */
export async function runFile(options: RunFileOptions): Promise<FileReport> {
  const bundle = await bundleFile(options.file);
  const { fetch, cacheFolder, signal } = options;
  const sandbox = await createSandbox({
    fetch,
    maxCells: 2,
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
  });
  try {
    const domain = { organizationId: "local", integrationId: "file" };
    const sha256 = createHash("sha256").update(bundle.code).digest("hex");
    const session = sandbox.openSession(
      {
        domain,
        bundle: { sha256, load: () => Promise.resolve(bundle) },
        executionId: createId(),
        flowKey: FILE_FLOW,
        permissions: options.permissions,
        ...(options.limits === undefined ? {} : { limits: options.limits }),
      },
      inputsFor(options.input ?? null),
    );
    const timeoutMs = options.timeoutMs ?? LIMITS.stepTimeoutMs;
    const request = {
      path: FILE_STEP,
      stepKey: FILE_STEP,
      attempt: 1,
      timeoutMs,
      idempotencyKey: createId(),
    };
    return fileReportOf(await session.runStep(request, signal));
  } finally {
    await sandbox.stop();
  }
}

function inputsFor(input: Json): SessionInputs {
  return {
    trigger: {
      kind: "test",
      method: "POST",
      path: "/",
      query: "",
      headers: [["content-type", "application/json"]],
      body: { encoding: "utf8", data: JSON.stringify(input) },
      receivedAtMs: Date.now(),
    },
    configJson: "{}",
    outputs: () => new Map(),
  };
}

function fileReportOf(report: StepReport): FileReport {
  return {
    outcome: report.outcome,
    ...(report.outputJson === undefined ? {} : { outputJson: report.outputJson }),
    ...(report.error === undefined ? {} : { error: report.error }),
    logs: report.logs,
    durationMs: report.timings.runMs,
    cpuMs: report.timings.cpuMs,
    peakMemoryMb: report.peakHeapMb ?? 0,
    audit: report.accesses,
    auditDropped: report.accessesDropped,
    fetches: report.fetches,
  };
}
