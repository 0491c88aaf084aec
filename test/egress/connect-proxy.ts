import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ConnectProxy {
  port: number;
  /** The authority and login of each CONNECT. */
  asked: { authority: string; login: string | undefined }[];
  /** Requests that were no CONNECT. */
  others: number;
  stop(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** Where a name leads, as `host:port`: a proxy that resolves by itself. */
  names?: Record<string, string>;
  /** Instead of a tunnel. */
  answer?: string;
  /** A proxy that speaks TLS. */
  tls?: { cert: string; key: string };
}

/** A proxy that knows CONNECT alone. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const server: Server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  const sockets = new Set<Socket>();
  const proxy: ConnectProxy = {
    port: 0,
    asked: [],
    others: 0,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on("request", (_request, response) => {
    proxy.others += 1;
    response.end();
  });
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    const authority = request.url ?? "";
    proxy.asked.push({ authority, login: request.headers["proxy-authorization"] });
    client.on("error", () => {});
    if (options.answer !== undefined) return client.end(options.answer);
    const { hostname, port } = new URL(`http://${options.names?.[authority] ?? authority}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream).add(client);
    upstream.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy.port = (server.address() as AddressInfo).port; // a TCP server's
  return proxy;
}
