import { isIP, type LookupFunction, type Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { buildConnector } from "undici";
import { canonicalAddress } from "./special-range.ts";
import type { Tunnels } from "./proxy-tunnels.ts";

export interface ConnectOptions {
  connectTimeoutMs: number;
  /** Certificate authorities, where they are not Node's own. */
  secureContext?: SecureContext;
  /** Where connections go by way of the operator's proxy. */
  tunnels?: Tunnels;
}

/**
 * Connects to an address that was checked, whatever the name is. Directly: the peer is compared with the address
 * before a byte is sent. By a proxy: the proxy is told the address, and its word is taken that it went there.
 */
export function createCheckedConnector(
  address: string | undefined,
  { connectTimeoutMs, secureContext, tunnels }: ConnectOptions,
): buildConnector.connector {
  const family = isIP(address ?? "");
  const lookup: LookupFunction = (host, { all }, done) => {
    if (address === undefined) done(new Error(`${host} must not be looked up`), "");
    else if (all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };
  const connect = buildConnector({
    lookup,
    autoSelectFamily: false,
    allowH2: false,
    timeout: connectTimeoutMs,
    // Said outright: else NODE_TLS_REJECT_UNAUTHORIZED=0 would switch it off.
    rejectUnauthorized: true,
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  if (tunnels === undefined) return (target, done) => connect(target, checkPeer(address, done));
  return (target, done) => {
    void throughTunnel({ address, tunnels, connect }, target, done);
  };
}

interface Through {
  address: string | undefined;
  tunnels: Tunnels;
  connect: buildConnector.connector;
}

/** Never rejects: what goes wrong is `done`'s to know. */
async function throughTunnel(
  { address, tunnels, connect }: Through,
  target: buildConnector.Options,
  done: buildConnector.Callback,
): Promise<void> {
  const port = target.port === "" ? (target.protocol === "https:" ? "443" : "80") : target.port;
  const host = address ?? target.hostname;
  let httpSocket: Socket;
  try {
    httpSocket = await tunnels.open(isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`);
  } catch (error) {
    return done(error instanceof Error ? error : new Error(String(error)), null);
  }
  if (target.protocol === "https:") connect({ ...target, httpSocket }, done);
  else done(null, httpSocket);
}

/** Node does not ask `lookup` for literals, and a library may come to look elsewhere: the peer decides. */
function checkPeer(address: string | undefined, done: buildConnector.Callback): buildConnector.Callback {
  return (...[error, socket]) => {
    if (error !== null) return done(error, null);
    if (canonicalAddress(socket.remoteAddress ?? "") === canonicalAddress(address ?? "none")) {
      return done(null, socket);
    }
    socket.destroy();
    return done(new Error("connected to another address than the one that was checked"), null);
  };
}
