import type { OpenAPIHono } from "@hono/zod-openapi";
import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import { assertNever } from "#contract/assert-never.ts";
import { ERROR_CODES } from "#contract/errors.ts";
import { createId } from "#contract/create-id.ts";
import type { IncomingWebhook, Intake, IntakeAnswer } from "#intake/intake.ts";
import type { AppEnv } from "../app-env.ts";
import { problemResponse, toEngineError } from "../problem.ts";

export interface HookOptions {
  intake: Intake;
  log: Logger;
}

const PREFIX = "/hooks/";

/** `/hooks/{token}[/rest]`, any method. Reads Node's request itself: the body's bytes and limits are intake's. */
export function hookRoutes(app: OpenAPIHono<AppEnv>, { intake, log }: HookOptions): void {
  app.all("/hooks/*", async (context) => {
    try {
      return answer(await intake.receive(readTarget(context.env.incoming)));
    } catch (thrown) {
      const error = toEngineError(thrown);
      const requestId = createId();
      if (ERROR_CODES[error.code].status === 500) {
        log.error({ err: thrown, code: error.code, requestId }, "a webhook failed");
      }
      return problemResponse(error, requestId);
    }
  });
}

/** The parts of the URL as they were sent: Hono's are decoded and normalised. */
function readTarget(incoming: IncomingMessage): IncomingWebhook {
  const target = incoming.url ?? "";
  const start = target.indexOf(PREFIX) + PREFIX.length;
  const queryAt = target.indexOf("?", start);
  const end = queryAt === -1 ? target.length : queryAt;
  const slashAt = target.indexOf("/", start);
  const tokenEnd = slashAt === -1 || slashAt > end ? end : slashAt;
  return {
    token: target.slice(start, tokenEnd),
    method: incoming.method ?? "GET",
    path: target.slice(tokenEnd, end),
    query: queryAt === -1 ? "" : target.slice(queryAt + 1),
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body: incoming,
  };
}

function answer(result: IntakeAnswer): Response {
  switch (result.type) {
    case "accepted": {
      const { executionId, statusUrl, duplicate, response } = result;
      if (response !== undefined)
        return new Response(response.status === 204 || response.status === 205 ? null : response.body, {
          status: response.status,
          headers: { "content-type": response.contentType, location: statusUrl },
        });
      return new Response(JSON.stringify({ executionId, statusUrl, duplicate }), {
        status: 202,
        headers: { "content-type": "application/json", location: statusUrl },
      });
    }
    case "dropped":
      return new Response('{"dropped":true}', {
        status: 202,
        headers: { "content-type": "application/json" },
      });
    case "handshake":
      return new Response(result.body, { status: 200, headers: { "content-type": result.contentType } });
    default:
      return assertNever(result);
  }
}
