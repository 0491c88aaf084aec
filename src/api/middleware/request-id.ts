import type { MiddlewareHandler } from "hono";
import { createId } from "#contract/create-id.ts";
import type { AppEnv } from "../app-env.ts";

/** What a proxy in front may have named the request already; anything else could forge log lines. */
const ACCEPTED = /^[A-Za-z0-9._-]{1,100}$/;

/** Names the request in the answer, in problem documents and in the log, so that a person can find all three. */
export const requestId: MiddlewareHandler<AppEnv> = async (context, next) => {
  const given = context.req.header("X-Request-Id");
  const id = given !== undefined && ACCEPTED.test(given) ? given : createId();
  context.set("requestId", id);
  context.header("X-Request-Id", id);
  await next();
};
