import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import { EngineError } from "#contract/errors.ts";
import { accessOf, ACCESS, isAllowed } from "#contract/policy.ts";
import type { AppEnv } from "../app-env.ts";
import type { Authenticate } from "../auth/create-authenticate.ts";
import type { RouteModule } from "../create-app.ts";

/** Everything under `/api/v1`: who asks, and whether the policy lets them. Must be the first module. */
export function accessControl({ authenticate }: { authenticate: Authenticate }): RouteModule {
  return (api) => {
    api.use(async (context, next) => {
      const actor = await authenticate(context.req.header("Authorization"));
      context.set("actor", actor);
      const route = routeOf(context);
      if (route !== undefined) assertAllowed(route, actor.role);
      await next();
    });
  };
}

function assertAllowed(route: string, role: Parameters<typeof isAllowed>[0]): void {
  const access = accessOf(route);
  if (access === undefined) throw new EngineError("engine/internal", `${route} has no rule; it stays closed`);
  if (isAllowed(role, access)) return;
  throw new EngineError(
    "request/forbidden",
    `${route} needs one of the roles ${ACCESS[access].join(", ")}; this token has the role ${role}`,
  );
}

/** `METHOD /path/{parameter}` of the route that will answer; undefined where none will. */
function routeOf(context: Context<AppEnv>): string | undefined {
  const route = matchedRoutes(context).findLast(({ method }) => method !== "ALL");
  return route && `${route.method} ${route.path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`;
}
