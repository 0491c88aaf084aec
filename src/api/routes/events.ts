import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { z } from "zod";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute } from "../define-route.ts";

const events = defineRoute({
  method: "get",
  path: "/events",
  summary: "Follow what changes, as server-sent events",
  responses: {
    200: {
      description:
        "`changed` with the ids by kind, at most four a second; `resync` where something may have been missed: read again what you show; `end` when the token no longer counts",
      content: {
        "text/event-stream": {
          schema: z.string(),
          example: 'event: changed\ndata: {"executions":["019a52f0-6c1e-7d3b-9c57-2f8f6b0f4d11"]}\n\n',
        },
      },
    },
  },
});

/** A token or session that has ended is noticed within this. */
const CHECK_MS = 5_000;
/** Proxies close what is silent for a minute. */
const HEARTBEAT_CHECKS = 3;

type Parts = Pick<ApiParts, "hub" | "authenticate">;

export function eventsRoutes(parts: Parts): RouteModule {
  return (api) => {
    api.openapi(events, (context) => {
      const reader: Reader = {
        organizationId: context.var.actor.organizationId,
        authorization: context.req.header("Authorization"),
        returns: context.req.header("Last-Event-ID") !== undefined,
        gone: Promise.withResolvers(),
        write: async () => {},
      };
      const leave = parts.hub.subscribe(reader.organizationId, {
        send: (event) => reader.write(event.type, event.type === "changed" ? event.ids : {}),
        end: () => reader.gone.resolve(),
      });
      if (leave === undefined) throw tooMany();
      context.header("X-Accel-Buffering", "no");
      return streamSSE(context, (stream) => serve(parts, reader, stream).finally(leave));
    });
  };
}

interface Reader {
  organizationId: string;
  authorization: string | undefined;
  /** It was connected before, and may have missed something since. */
  returns: boolean;
  gone: PromiseWithResolvers<void>;
  /** Does nothing until the stream is open. */
  write(event: string, data: object): Promise<void>;
}

async function serve({ authenticate }: Parts, reader: Reader, stream: SSEStreamingApi): Promise<void> {
  const { gone } = reader;
  let sequence = 0;
  stream.onAbort(() => gone.resolve());
  await stream.writeSSE({ event: reader.returns ? "resync" : "ready", data: "{}", retry: 2_000, id: "0" });
  reader.write = async (event, data) => {
    sequence += 1;
    await stream.writeSSE({ event, data: JSON.stringify(data), id: String(sequence) });
  };
  let checks = 0;
  const timer = setInterval(() => {
    checks += 1;
    if (checks % HEARTBEAT_CHECKS === 0) void stream.write(": still here\n\n");
    authenticate(reader.authorization).catch(() => {
      // Whatever the reason, nobody is known to listen: the reader comes again and is told why.
      void reader.write("end", {}).finally(() => gone.resolve());
    });
  }, CHECK_MS);
  await gone.promise;
  clearInterval(timer);
}

function tooMany(): EngineError {
  return new EngineError(
    "request/rate-limited",
    `The organization has ${LIMITS.eventStreams} event streams open at this process; close one first`,
  );
}
