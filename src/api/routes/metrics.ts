import type { OpenAPIHono } from "@hono/zod-openapi";
import { Gauge, type Registry } from "prom-client";
import type { WorkerStatus } from "#contract/worker-status.ts";
import type { Db } from "#db/connect.ts";
import { listLiveWorkers } from "#db/processes.ts";
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

/** Of all live workers together, read at each scrape: the same at every api. */
export function registerWorkerMetrics(registry: Registry, db: Db): void {
  const gauge = (name: string, help: string, valueOf: (workers: Counted[]) => number): void => {
    const read: Gauge = new Gauge({
      name,
      help,
      registers: [],
      collect: async () => read.set(valueOf((await listLiveWorkers(db)).map(({ status }) => status))),
    });
    registry.registerMetric(read);
  };
  const sum =
    (key: "slots" | "limit" | "used") =>
    (workers: Counted[]): number =>
      workers.reduce((total, status) => total + (status?.[key] ?? 0), 0);
  gauge("millrace_workers", "Workers that are alive", (workers) => workers.length);
  gauge(
    "millrace_workers_stuck",
    "Workers that cannot start executions at present",
    (workers) => workers.filter((status) => (status?.problem ?? null) !== null).length,
  );
  gauge("millrace_slots", "Executions that may run at once, by memory", sum("slots"));
  gauge("millrace_slots_limit", "Of the slots, as many as the cores keep up with", sum("limit"));
  gauge("millrace_slots_used", "Executions that run", sum("used"));
}

type Counted = WorkerStatus | undefined;
