import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export interface UpstreamAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: object;
  /** Held back until it resolves. */
  until?: Promise<unknown>;
}

export interface UpstreamRequest {
  path: string;
  idempotencyKey: string | undefined;
  body: unknown;
}

/** A third party as tests script it: answers in order per path, 200 `{ entries: 3 }` when none is left. */
export interface Upstream {
  url: string;
  requests: UpstreamRequest[];
  answer(path: string, ...answers: UpstreamAnswer[]): void;
  countOf(path: string): number;
  stop(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const requests: UpstreamRequest[] = [];
  const scripted = new Map<string, UpstreamAnswer[]>();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? "/";
    const body = await json(request);
    requests.push({ path, body, idempotencyKey: request.headers["idempotency-key"]?.toString() });
    const answer = scripted.get(path)?.shift() ?? { status: 200 };
    await answer.until;
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body ?? { entries: 3 }));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error)); // seen by the caller
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // of a listening TCP server
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (path, ...answers) => void scripted.set(path, [...(scripted.get(path) ?? []), ...answers]),
    countOf: (path) => requests.filter((request) => request.path === path).length,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
