import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";

/** A server that programs may reach: it redirects, stalls, sends bombs, and notes what a program has smuggled. */
export interface EchoServer {
  port: number;
  /** Requests and headers that no program's plain request has. */
  takeForged(): string[];
  stop(): Promise<void>;
}

const BOMB_BYTES = 64 * 1024 * 1024;
const LARGE_BYTES = 10 * 1024 * 1024 - 1;
const FORGED_HEADERS = ["x-forged", "upgrade"];

export async function startEchoServer(): Promise<EchoServer> {
  let forged: string[] = [];
  const sockets = new Set<Socket>();
  const bomb = gzipSync(Buffer.alloc(BOMB_BYTES));
  const server = createServer((request, response) => {
    forged.push(...forgedIn(request));
    if (request.url === "/raw") void answerRaw(request);
    else answer(request.resume(), response, bomb);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("connect", (request: IncomingMessage, socket) => {
    forged.push(`CONNECT ${request.url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    takeForged: () => {
      const taken = forged;
      forged = [];
      return taken;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forgedIn(request: IncomingMessage): string[] {
  const found = FORGED_HEADERS.filter((name) => request.headers[name] !== undefined);
  if (request.headers.host?.includes("forged") === true) found.push("host");
  if (request.url?.startsWith("/forged") === true) found.push(request.url);
  return found;
}

function answer(request: IncomingMessage, response: ServerResponse, bomb: Buffer): void {
  const url = new URL(request.url ?? "/", "http://echo.invalid");
  switch (url.pathname) {
    case "/redirect":
      return void response.writeHead(302, { location: url.searchParams.get("to") ?? "/" }).end();
    case "/circle":
      return void response.writeHead(302, { location: "/circle" }).end();
    case "/silent":
      return;
    case "/endless":
      return sendEndlessly(response);
    case "/large":
      return void response.end(Buffer.alloc(LARGE_BYTES, "x"));
    case "/bomb":
      return void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    default:
      return void response.end("echo");
  }
}

/** The request's body, decoded, is all that is answered: no line of it is this server's. */
async function answerRaw(request: IncomingMessage): Promise<void> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(request, "end");
  request.socket.end(Buffer.from(Buffer.concat(chunks).toString("latin1"), "base64"));
}

function sendEndlessly(response: ServerResponse): void {
  const timer = setInterval(() => response.write("x".repeat(100)), 20);
  response.once("close", () => clearInterval(timer));
}
