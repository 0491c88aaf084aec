import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Registry } from "prom-client";
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
