import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";
import { idempotencyKey, problemSchema } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { accessOf } from "#contract/policy.ts";
import { findExample } from "./examples/find-example.ts";
import { findProblems } from "./examples/problems.ts";
import { refuseBody } from "./middleware/refuse-body.ts";

export const API_BASE = "/api/v1";

/** The first part of a path is its tag in the documentation. */
const TAG = /^\/([a-z-]+)/;

/**
 * A route under `/api/v1`, documented with its problems and its need of a token. What its caller does not describe is
 * refused: a query, a body.
 *
 * @throws EngineError `engine/start` where `contract/policy.ts` has no rule for it: it is not mounted then
 */
export function defineRoute<const R extends RouteConfig>(config: R) {
  const rule = `${config.method.toUpperCase()} ${API_BASE}${config.path}`;
  const access = accessOf(rule);
  if (access === undefined) {
    throw new EngineError("engine/start", `${rule} has no rule in src/contract/policy.ts; add one`);
  }
  // Nothing that handlers see is added: they answer what the caller's `responses` say.
  const documented = {
    ...config,
    tags: [TAG.exec(config.path)?.[1] ?? "other"],
    security: [{ token: [] }],
    description: `Needs the right to ${access}.`,
    request: {
      query: z.strictObject({}),
      ...config.request,
      ...(config.method === "post" && { headers: withIdempotencyKey(config) }),
    },
    ...(config.method !== "get" && config.request?.body === undefined && { middleware: refuseBody }),
    responses: {
      ...config.responses,
      default: {
        description: "A problem document (RFC 9457)",
        content: { "application/problem+json": { schema: problemSchema, examples: problemsOf(config) } },
      },
    },
  } as R;
  return createRoute(documented);
}

/** Every POST takes a key (`middleware/idempotency.ts`). */
function withIdempotencyKey({ request }: RouteConfig) {
  const own = request?.headers instanceof z.ZodObject ? request.headers : z.object({});
  return own.extend({
    "idempotency-key": idempotencyKey.optional().meta({
      description: "The same call with the same key again is answered as the first was, for a day",
    }),
  });
}

function problemsOf({ method, path, request }: RouteConfig) {
  const { headers } = request ?? {};
  const ifMatch = headers instanceof z.ZodObject && "if-match" in headers.shape;
  return findProblems({ method, path: path.includes("{"), ifMatch });
}

/** A JSON answer, or the schema of one. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema, example: findExample(schema) } } };
}

/** A JSON body that must be there. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema, example: findExample(schema) } } };
}
