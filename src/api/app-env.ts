import type { HttpBindings } from "@hono/node-server";

/** What every handler finds in its context; room for more variables is made here. */
export interface AppEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string };
}
