import type { OpenAPIHono } from "@hono/zod-openapi";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import { findExecutionTimes } from "#db/execution-times.ts";
import type { AppEnv } from "../app-env.ts";

export interface StatusOptions {
  db: Db;
  /** The execution id of a token that this installation made. */
  verifyStatusToken(token: string): string | undefined;
}

/** `/status/{token}`: state and times of one execution, no data, to whoever holds the URL of its 202. */
export function statusRoutes(app: OpenAPIHono<AppEnv>, { db, verifyStatusToken }: StatusOptions): void {
  app.get("/status/:token", async (context) => {
    const executionId = verifyStatusToken(context.req.param("token"));
    const times = executionId === undefined ? undefined : await findExecutionTimes(db, executionId);
    if (times === undefined) {
      throw new EngineError(
        "request/not-found",
        "No execution has this status URL, or it is no longer kept; use the statusUrl of the 202 as it is",
      );
    }
    context.header("Cache-Control", "no-store");
    return context.json(times);
  });
}
