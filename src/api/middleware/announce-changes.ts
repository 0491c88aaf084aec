import { isId } from "#contract/ids.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";

/** Which thing a call changes: the first two parts of its path. */
const TARGET = /\/api\/v1\/([a-z-]+)(?:\/([^/]+))?/;

/** Tells every api process what a call has changed, for those who listen at `/events`: kind and id, no more. */
export function announceChanges({ hints }: Pick<ApiParts, "hints">): RouteModule {
  return (api) => {
    api.use(async (context, next) => {
      await next();
      if (context.req.method === "GET" || !context.res.ok) return;
      const [, kind, id] = TARGET.exec(context.req.path) ?? [];
      const changed = isId(id) ? id : await createdId(context.res);
      if (kind !== undefined && changed !== undefined)
        hints.send("millrace_change", `${context.var.actor.organizationId}/${kind}/${changed}`);
    });
  };
}

async function createdId(response: Response): Promise<string | undefined> {
  if (response.headers.get("content-type")?.includes("json") !== true) return undefined;
  const body: unknown = await response.clone().json();
  return typeof body === "object" && body !== null && "id" in body && isId(body.id) ? body.id : undefined;
}
