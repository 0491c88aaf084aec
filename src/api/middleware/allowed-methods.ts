import { matchedRoutes } from "hono/route";
import { EngineError } from "#contract/errors.ts";
import { POLICY } from "#contract/policy.ts";
import type { RouteModule } from "../create-app.ts";
import { problemResponse } from "../problem.ts";

/** A path that has other methods answers 405 with `Allow` (RFC 9110, 15.5.6), not 404. */
export function allowedMethods(): RouteModule {
  return (api) => {
    api.use(async (context, next) => {
      if (matchedRoutes(context).some(({ method }) => method !== "ALL")) return next();
      const { method, path } = context.req;
      const allowed = methodsAt(path);
      if (allowed.length === 0) return next();
      const error = new EngineError(
        "request/method-not-allowed",
        `${path} has no ${method}; it has ${allowed.join(", ")}: see /api/docs`,
      );
      const response = problemResponse(error, context.var.requestId);
      response.headers.set("Allow", allowed.join(", "));
      return response;
    });
  };
}

const ROUTES = Object.keys(POLICY).map((route) => {
  const [method = "", template = ""] = route.split(" ");
  return { method, pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`) };
});

function methodsAt(path: string): string[] {
  return ROUTES.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
}
