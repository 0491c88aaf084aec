import type { OpenAPIHono } from "@hono/zod-openapi";
import { Gauge, type Registry } from "prom-client";
import { isStuck } from "#contract/worker-status.ts";
import type { Db } from "#db/connect.ts";
import { type LiveWorker, listLiveWorkers } from "#db/processes.ts";
import type { AppEnv } from "../app-env.ts";

export interface MetricsOptions {
  /** Of this process; the parts register their metrics with it. */
  registry: Registry;
}

/** `/metrics`, for Prometheus. */
export function metricsRoutes(app: OpenAPIHono<AppEnv>, { registry }: MetricsOptions): void {
  app.get("/metrics", async (context) =>
    context.body(await registry.metrics(), 200, { "content-type": registry.contentType }),
  );
}

/** Of all live workers together, read once a scrape: the same at every api. */
export function registerWorkerMetrics(registry: Registry, db: Db): void {
  let reading: Promise<LiveWorker[]> | undefined;
  // All gauges of a scrape are asked at the same moment.
  const readWorkers = (): Promise<LiveWorker[]> =>
    (reading ??= listLiveWorkers(db).finally(() => (reading = undefined)));
  const gauge = (name: string, help: string, valueOf: (workers: LiveWorker[]) => number): void => {
    const read: Gauge = new Gauge({
      name,
      help,
      registers: [],
      collect: async () => read.set(valueOf(await readWorkers())),
    });
    registry.registerMetric(read);
  };
  const sum =
    (key: "slots" | "limit" | "used") =>
    (workers: LiveWorker[]): number =>
      workers.reduce((total, { status }) => total + (status?.[key] ?? 0), 0);
  gauge("millrace_workers", "Workers that are alive", (workers) => workers.length);
  gauge(
    "millrace_workers_stuck",
    "Workers that cannot start executions at present",
    (workers) => workers.filter(({ status }) => isStuck(status)).length,
  );
  gauge("millrace_slots", "Executions that may run at once, by memory", sum("slots"));
  gauge("millrace_slots_limit", "Of the slots, as many as the cores keep up with", sum("limit"));
  gauge("millrace_slots_used", "Executions that run", sum("used"));
}
