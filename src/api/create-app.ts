import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Logger } from "pino";
import { EngineError } from "#contract/errors.ts";
import type { AppEnv } from "./app-env.ts";
import { createRouter } from "./create-router.ts";
import { requestId } from "./middleware/request-id.ts";
import { createErrorHandler } from "./problem.ts";
import { healthRoutes, type HealthOptions } from "./routes/health.ts";
import { hookRoutes, type HookOptions } from "./routes/hooks.ts";
import { metricsRoutes, type MetricsOptions } from "./routes/metrics.ts";
import { statusRoutes, type StatusOptions } from "./routes/status.ts";

/** Adds its routes to the router of `/api/v1`; paths within begin with a slash. */
export type RouteModule = (api: OpenAPIHono<AppEnv>) => void;

export interface AppDependencies {
  log: Logger;
  hooks: HookOptions;
  status: StatusOptions;
  health: HealthOptions;
  metrics: MetricsOptions;
  /** Mounted under `/api/v1`, in order. */
  routes: RouteModule[];
  /** Mounted at the root after all else: the OpenAPI document, the console's files. */
  pages?: RouteModule[];
}

/** The whole HTTP side of an api process. */
export function createApp(dependencies: AppDependencies): OpenAPIHono<AppEnv> {
  const app = createRouter();
  app.onError(createErrorHandler(dependencies.log));
  app.notFound((context) => {
    throw new EngineError(
      "request/not-found",
      `No route for ${context.req.method} ${context.req.path.slice(0, 200)}; /api/openapi.json lists all`,
    );
  });
  // Before the request id: the hot path sets no header that it does not need.
  hookRoutes(app, dependencies.hooks);
  app.use(requestId);
  statusRoutes(app, dependencies.status);
  healthRoutes(app, dependencies.health);
  metricsRoutes(app, dependencies.metrics);
  const api = createRouter();
  for (const add of dependencies.routes) add(api);
  app.route("/api/v1", api);
  for (const add of dependencies.pages ?? []) add(app);
  return app;
}
