import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { buildConnector, Client } from "undici";
import { LIMITS } from "#contract/limits.ts";
import { failure } from "./failure.ts";

/** Connections through the operator's HTTP or HTTPS proxy, each by a CONNECT of its own (RFC 9110, 9.3.6). */
export interface Tunnels {
  /** `authority` is `address:port`. Rejects with what an author may read: the proxy is not named. */
  open(authority: string): Promise<Socket>;
  stop(): Promise<void>;
}

export interface TunnelsOptions {
  /** `http:` or `https:`, with user name and password where the proxy wants them. */
  proxy: URL;
  connectTimeoutMs: number;
  secureContext?: SecureContext;
}

export function createTunnels({ proxy, connectTimeoutMs, secureContext }: TunnelsOptions): Tunnels {
  const connect = buildConnector({
    allowH2: false,
    timeout: connectTimeoutMs,
    rejectUnauthorized: true,
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  const headers = headersFor(proxy);
  const open = new Set<Client>();
  return {
    async open(authority) {
      // One client a tunnel: CONNECT takes its connection with it, and a second one would wait behind it.
      const client = new Client(proxy.origin, {
        connect,
        headersTimeout: connectTimeoutMs,
        maxHeaderSize: LIMITS.headerBytes,
        allowH2: false,
      });
      open.add(client);
      try {
        const { statusCode, socket } = await client.connect({
          path: authority,
          headers: { ...headers, host: authority },
        });
        if (statusCode === 200) return socketOf(socket);
        socket.on("error", () => {}).destroy(); // refused: how it ends does not matter
        throw failure(`the operator's proxy answered ${statusCode}`);
      } catch (error) {
        throw error instanceof Error && "code" in error && error.code === "step/threw"
          ? error
          : failure("the operator's proxy cannot be reached", error);
      } finally {
        open.delete(client);
        // The tunnel's socket is no longer the client's: this ends only what did not become one.
        void client.destroy().catch(() => {});
      }
    },
    async stop() {
      await Promise.all([...open].map((client) => client.destroy()));
    },
  };
}

function headersFor({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` };
}

/** undici hands over the connection's own socket, which its types call a stream. */
function socketOf(stream: unknown): Socket {
  return stream as Socket; // see above: it came out of `buildConnector`
}
