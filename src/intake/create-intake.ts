import type { Registry } from "prom-client";
import { Batcher } from "#db/batcher.ts";
import type { Clock } from "#contract/clock.ts";
import { EngineError } from "#contract/errors.ts";
import { type ReachPoint, reachNothing } from "#contract/kill-points.ts";
import { LIMITS } from "#contract/limits.ts";
import type { IntakeStore } from "#db/create-intake-store.ts";
import { findEndpointChanges } from "#db/endpoint-changes.ts";
import { findEndpoint, updateApiKeysLastUsed } from "#db/endpoints.ts";
import type { HintSender } from "#db/hints.ts";
import type { IntakeRow } from "#db/intake.ts";
import { isUnavailable } from "#db/is-unavailable.ts";
import { insertRefusedRequests } from "#db/refused-requests.ts";
import type { Vault } from "#vault/create-vault.ts";
import { createBudget } from "./budget.ts";
import { readEndpoint } from "./endpoint.ts";
import { EndpointCache } from "./endpoint-cache.ts";
import { createEndpointRecords } from "./endpoint-records.ts";
import type { Intake } from "./intake.ts";
import { createIntakeMetrics, type IntakeMetrics } from "./intake-metrics.ts";
import { type CommitResult, createReceive } from "./receive.ts";

/** The hot path from a sender's request to a committed execution; `architecture.md` draws it. */
export interface IntakeOptions {
  /** `createIntakeStore`; closed by its owner, after `stop`. */
  store: Pick<IntakeStore, "db" | "commit">;
  vault: Pick<Vault, "open" | "matchesApiKey" | "statusToken">;
  hints: Pick<HintSender, "send">;
  /** As senders see the api, without a slash at its end. */
  publicUrl(): string;
  registry: Registry;
  onError(error: unknown): void;
  reachPoint?: ReachPoint;
  limits?: Partial<IntakeLimits>;
  now?: Clock;
}

export interface IntakeLimits {
  receiveMs: number;
  budgetRequests: number;
  budgetBytes: number;
}

/** What a row costs beside its body. */
const ROW_BYTES = 1_024;

export function createIntake(options: IntakeOptions): Intake {
  const { vault, limits = {}, reachPoint = reachNothing } = options;
  const { db } = options.store;
  const budget = createBudget({
    requests: limits.budgetRequests ?? LIMITS.intakeBudgetRequests,
    bytes: limits.budgetBytes ?? LIMITS.intakeBudgetBytes,
  });
  const metrics = createIntakeMetrics(options.registry, budget);
  const records = createEndpointRecords({
    insertRefused: (rows) => insertRefusedRequests(db, rows),
    updateKeysUsed: (usedAt) => updateApiKeysLastUsed(db, usedAt),
    onError: options.onError,
  });
  const endpoints = new EndpointCache({
    load: async (token) => {
      const row = await findEndpoint(db, token);
      return row && readEndpoint(row, vault);
    },
    changesSince: (version) => findEndpointChanges(db, version),
    onError: options.onError,
  });
  const batcher = new Batcher<IntakeRow, CommitResult>({
    flush: createFlush(options, metrics),
    maxItems: LIMITS.intakeWindowRequests,
    windowMs: LIMITS.intakeWindowMs,
    inFlight: LIMITS.intakeWindowsInFlight,
    maxBytes: LIMITS.intakeWindowBytes,
    sizeOf: (row) => ROW_BYTES + row.body.length,
  });
  endpoints.start();
  let stopping = false;
  const receive = createReceive({
    endpoints,
    budget,
    metrics,
    records,
    vault,
    commit: async (row) => {
      const outcome = await batcher.add(row);
      reachPoint("intake-after-commit");
      return outcome;
    },
    publicUrl: options.publicUrl,
    receiveMs: limits.receiveMs ?? LIMITS.requestReceiveMs,
    now: options.now ?? Date.now,
  });

  return {
    async receive(webhook) {
      if (stopping)
        throw new EngineError("engine/unavailable", "This process is stopping; send the same again");
      return receive(webhook);
    },
    async stop() {
      stopping = true;
      await batcher.drain();
      await records.stop();
      await endpoints.stop();
    },
  };
}

/** Commits a window, then hints at the shards it fed. */
function createFlush({ store, hints }: Pick<IntakeOptions, "store" | "hints">, metrics: IntakeMetrics) {
  const commitWindow = async (rows: IntakeRow[]): Promise<CommitResult[]> => {
    const startedAt = performance.now();
    const outcomes = await store.commit(rows);
    metrics.committed({ rows: rows.length, ms: performance.now() - startedAt });
    rows.forEach((row, index) => {
      if (outcomes[index]?.type === "created") hints.send("millrace_queue", String(row.owner.shard));
    });
    return outcomes;
  };
  return async function flush(rows: IntakeRow[]): Promise<CommitResult[]> {
    try {
      return await commitWindow(rows);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      if (rows.length === 1) return [{ type: "failed", error }];
      // One row that Postgres will not have must not take its neighbours along: the window is halved.
      const middle = rows.length >> 1;
      return [...(await flush(rows.slice(0, middle))), ...(await flush(rows.slice(middle)))];
    }
  };
}
