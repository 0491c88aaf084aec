import type { HttpBindings } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import { assertNever } from "#contract/assert-never.ts";
import { EngineError, ERROR_CODES } from "#contract/errors.ts";
import type { FlowReply } from "#contract/flow-reply.ts";
import { createId } from "#contract/create-id.ts";
import type { IncomingWebhook, Intake, IntakeAnswer } from "#intake/intake.ts";
import type { AppEnv } from "../app-env.ts";
import type { ReplyDesk } from "../reply-desk.ts";
import { problemOf, problemResponse, toEngineError } from "../problem.ts";

export interface HookOptions {
  intake: Intake;
  replies: Pick<ReplyDesk, "wait">;
  log: Logger;
}

const PREFIX = "/hooks/";

/** `/hooks/{token}[/rest]`, any method. Reads Node's request itself: the body's bytes and limits are intake's. */
export function hookRoutes(app: OpenAPIHono<AppEnv>, { intake, replies, log }: HookOptions): void {
  app.all("/hooks/*", async (context) => {
    try {
      const received = await intake.receive(readTarget(context.env.incoming));
      return received.type === "accepted" && received.reply !== undefined
        ? await answerByFlow(replies, received, { ...received.reply, outgoing: context.env.outgoing })
        : answer(received);
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

type Accepted = Extract<IntakeAnswer, { type: "accepted" }>;

/** What the flow says, if it does so in time and the sender is still there. */
async function answerByFlow(
  replies: Pick<ReplyDesk, "wait">,
  accepted: Accepted,
  { outgoing, ...asked }: { path: string; withinMs: number; outgoing: HttpBindings["outgoing"] },
): Promise<Response> {
  const left = new AbortController();
  const leave = (): void => left.abort();
  outgoing.once("close", leave);
  const { executionId, duplicate } = accepted;
  const outcome = await replies.wait({ ...asked, executionId, duplicate, signal: left.signal });
  outgoing.off("close", leave);
  switch (outcome.type) {
    case "replied":
      return replyResponse(outcome.reply, accepted);
    case "failed":
      return noReply(accepted);
    case "late":
      return answer(accepted);
    default:
      return assertNever(outcome);
  }
}

/** Headers of an author's own: whatever they say, a browser takes the answer for no page of this origin. */
const AS_DATA = {
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
};

function replyResponse({ status, headers, body }: FlowReply, { statusUrl }: Accepted): Response {
  return new Response(BODILESS.has(status) ? null : body, {
    status,
    headers: { ...headers, ...AS_DATA, link: `<${statusUrl}>; rel="status"` },
  });
}

/** At once, so that nobody waits for what will not come; the execution says why. */
function noReply({ executionId, statusUrl }: Accepted): Response {
  const error = new EngineError(
    "step/no-reply",
    `The flow did not answer; execution ${executionId} shows why. It is stored: sending it again changes nothing`,
  );
  return new Response(JSON.stringify({ ...problemOf(error), executionId, statusUrl }), {
    status: ERROR_CODES[error.code].status,
    headers: { "content-type": "application/problem+json", link: `<${statusUrl}>; rel="status"` },
  });
}

/** https://fetch.spec.whatwg.org/#null-body-status, of those that may be answered. */
const BODILESS = new Set([204, 205, 304]);

function answer(result: IntakeAnswer): Response {
  switch (result.type) {
    case "accepted": {
      const { executionId, statusUrl, duplicate, response } = result;
      if (response !== undefined)
        return new Response(BODILESS.has(response.status) ? null : response.body, {
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
