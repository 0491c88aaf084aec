import { getRequestListener } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { setImmediate as nextLoop } from "node:timers/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { AppEnv } from "./app-env.ts";
import { problemOf } from "./problem.ts";
import { refuseUnreadable } from "./refuse-unreadable.ts";

export interface ServeOptions {
  app: OpenAPIHono<AppEnv>;
  host: string;
  /** 0 chooses a free one. */
  port: number;
  /** Time that `stop` gives to what is in flight. */
  graceMs?: number;
  /** For how long after `stop` open connections are still served. */
  lingerMs?: number;
}

export interface RunningServer {
  host: string;
  port: number;
  url: string;
  /** Stops accepting, answers what is in flight, then closes. Safe to call twice. */
  stop(): Promise<void>;
}

const GRACE_MS = 10_000;
/** Longer than a request is on its way: a sender never meets a connection that was closed under it. */
const LINGER_MS = 500;
const HEADERS_TIMEOUT_MS = 10_000;
/** Above the usual 60 s of load balancers, so that they close idle connections and not we. */
const KEEP_ALIVE_MS = 65_000;
/** After our own deadline for a body, which answers with a problem document: this one cuts. */
const CUT_AFTER_MS = LIMITS.requestReceiveMs + 5_000;

/**
 * Serves the app over HTTP/1.1.
 *
 * Open → lingering (`stop`): no new connections; what is in flight or still comes on open ones is answered, with
 * `Connection: close` → closing, after `lingerMs`: idle connections are closed; what comes even then gets 503 and
 * `Retry-After` → closed, at the latest after `graceMs`.
 *
 * @throws EngineError `engine/start` where the port cannot be had
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { app, host, graceMs = GRACE_MS, lingerMs = LINGER_MS } = options;
  const inFlight = new Set<ServerResponse>();
  let stopping: Promise<void> | undefined;
  let isClosing = false;
  const handle = getRequestListener(app.fetch, { overrideGlobalObjects: true });

  const server = createServer({ maxHeaderSize: LIMITS.headerBytes, connectionsCheckingInterval: 1_000 });
  server.requestTimeout = CUT_AFTER_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (isClosing) return refuseLate(request, response);
    if (stopping !== undefined) response.setHeader("connection", "close");
    inFlight.add(response);
    response.once("close", () => inFlight.delete(response));
    void handle(request, response); // answers errors itself
  };
  server.on("request", onRequest);
  server.on("clientError", (error, socket) => {
    const begun = [...inFlight].some((response) => response.socket === socket && response.headersSent);
    refuseUnreadable(error, socket, begun);
  });
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    // A body that will be refused by its length is not asked for.
    if (!(Number(request.headers["content-length"]) > LIMITS.payloadBytes)) response.writeContinue();
    onRequest(request, response);
  });

  const { port } = await listen(server, host, options.port);
  return {
    host,
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    stop() {
      stopping ??= close({ server, inFlight, graceMs, lingerMs, onClosing: () => (isClosing = true) });
      return stopping;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new EngineError(
          "engine/start",
          `Cannot listen on ${host}:${port} (${cause.message}); choose another PORT, or 0 for a free one`,
          { cause },
        ),
      );
    });
    // A server that listens on a port has an AddressInfo; the string is for pipes.
    server.listen({ host, port, backlog: 1024 }, () => resolve(server.address() as AddressInfo));
  });
}

interface Closing {
  server: Server;
  inFlight: Set<ServerResponse>;
  graceMs: number;
  lingerMs: number;
  onClosing(): void;
}

async function close({ server, inFlight, graceMs, lingerMs, onClosing }: Closing): Promise<void> {
  // A connection that the kernel has made and nobody has accepted is reset by the end of listening. Right after the loop has
  // polled there is none.
  await nextLoop();
  // Of `net`, not of `http`: that one would close idle connections at once, with requests on their way to them.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  for (const response of inFlight) {
    if (!response.headersSent) response.setHeader("connection", "close");
  }
  const linger = setTimeout(() => {
    onClosing();
    server.close();
  }, lingerMs);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(linger);
  clearTimeout(cut);
  server.close(); // and its own timers
}

function refuseLate(request: IncomingMessage, response: ServerResponse): void {
  const error = new EngineError("engine/unavailable", "This process is stopping; send the same again");
  response.writeHead(503, {
    "content-type": "application/problem+json",
    "retry-after": "1",
    connection: "close",
  });
  response.end(JSON.stringify(problemOf(error)));
  request.resume();
}
