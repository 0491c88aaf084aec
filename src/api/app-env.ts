import type { HttpBindings } from "@hono/node-server";
import type { Actor } from "./auth/actor.ts";

/** What every handler finds in its context; room for more variables is made here. */
export interface AppEnv {
  Bindings: HttpBindings;
  /** `actor` is set on every route under `/api/v1`, and only there. */
  Variables: { requestId: string; actor: Actor };
}
