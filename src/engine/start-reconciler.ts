import type { Logger } from "pino";
import { RECONCILE_DEFAULTS, type ReconcileDependencies, reconcileOnce } from "./reconcile-once.ts";
import { repeat } from "./repeat.ts";

export interface StartReconcilerOptions extends ReconcileDependencies {
  log: Logger;
  everyMs?: number;
}

const EVERY_MS = 30_000;

/** Compares Postgres with Temporal all the time, in small steps. Workers take different rows, so each may do it. */
export function startReconciler({ log, everyMs = EVERY_MS, ...deps }: StartReconcilerOptions): {
  stop(): Promise<void>;
} {
  let after: string | undefined;
  return repeat({
    everyMs,
    firstAfterMs: everyMs,
    async task(signal) {
      const report = await reconcileOnce(deps, { ...RECONCILE_DEFAULTS, after, signal });
      after = report.searchedUntil;
      for (const finding of report.findings) log.warn({ finding }, "Postgres and Temporal differed");
    },
    onError: (error) => log.warn({ err: error }, "a comparison with Temporal broke off; it goes on later"),
  });
}
