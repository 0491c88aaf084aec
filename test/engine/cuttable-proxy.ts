import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export interface CuttableProxy {
  address: string;
  /** Breaks every connection and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

/** A way to a server that a test may take away, without touching the server that others use. */
export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const [host = "", port = ""] = target.split(":");
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((inbound) => {
    keep(inbound);
    if (isCut) {
      inbound.destroy();
      return;
    }
    const outbound = connect(Number(port), host);
    keep(outbound);
    inbound.pipe(outbound).pipe(inbound);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    // Listening on an address of the machine.
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      breakAll();
    },
    mend: () => (isCut = false),
    async stop() {
      breakAll();
      server.close();
      await once(server, "close");
    },
  };
}
