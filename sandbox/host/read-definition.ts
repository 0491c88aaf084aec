import type { Bundle, DefinitionReport, TrustDomain } from "#contract/sandbox.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { domainKeyOf } from "./cell-pool.ts";
import { FetchAllowance } from "./fetch-allowance.ts";
import { FetchBroker } from "./fetch-broker.ts";
import { runInCell } from "./run-in-cell.ts";
import { FIXED_RUN_LIMITS, type SessionDependencies } from "./session.ts";
import { reportOf } from "./step-report.ts";

/** Held fast, so that two readings of one bundle can be compared. */
const STILL = { nowMs: Date.UTC(2026, 0, 1), seed: 1 } as const;
const TIMEOUT_MS = 10_000;
const DEFINITION_CHARACTERS = 1024 * 1024;

/** Evaluates a bundle alone in a cell, without network, with a still clock, and returns what it declares. */
export async function readDefinition(
  { pool, bundles, budget, nextId }: SessionDependencies,
  { domain, bundle, signal }: { domain: TrustDomain; bundle: Bundle; signal: AbortSignal },
): Promise<DefinitionReport> {
  const cell = await pool.lease(domain, { exclusive: true, signal });
  try {
    await bundles.give(cell, bundle, false);
    const broker = new FetchBroker({
      fetch: refuse,
      domain: domainKeyOf(domain),
      budget,
      allowance: new FetchAllowance(),
      permissions: {},
      mostFetches: 0,
      answer: () => {},
    });
    const limits = {
      ...FIXED_RUN_LIMITS,
      cpuMs: LIMITS.stepCpuMs,
      heapMb: LIMITS.isolateHeapMb,
      outputCharacters: DEFINITION_CHARACTERS,
      fetches: 0,
      timeoutMs: TIMEOUT_MS,
    };
    const message = { type: "definition", run: nextId(), sha256: bundle.sha256, limits, ...STILL } as const;
    const end = await runInCell({ cell, message, broker, signal });
    const { outcome, outputJson, error } = reportOf({ end, broker, waitMs: 0, runMs: 0 });
    return {
      outcome,
      ...(outputJson === undefined ? {} : { definitionJson: outputJson }),
      ...(error === undefined ? {} : { error }),
    };
  } finally {
    pool.release(cell);
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new EngineError("step/not-capable", "A definition is read without network"));
}
