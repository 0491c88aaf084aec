import type { MiddlewareHandler } from "hono";
import { EngineError } from "#contract/errors.ts";
import type { AppEnv } from "../app-env.ts";
import { invalidRequest, unknownField } from "../create-router.ts";
import { malformedJson } from "../problem.ts";

/** For a call that takes no body: `{}` says nothing and passes, a field that nobody reads is refused, not ignored. */
export const refuseBody: MiddlewareHandler<AppEnv> = async (context, next) => {
  const text = await context.req.text();
  if (text !== "") assertEmpty(parse(text));
  await next();
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformedJson(cause);
  }
}

function assertEmpty(body: unknown): void {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new EngineError("request/invalid", "the body must be empty: this call takes none", { field: "/" });
  const keys = Object.keys(body);
  if (keys.length === 0) return;
  throw invalidRequest(
    "body",
    keys.map((key) => unknownField([key])),
  );
}
