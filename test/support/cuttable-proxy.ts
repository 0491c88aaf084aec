import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Stands before a server and can take it away: by refusing connections, or by letting nothing through. */
export interface CuttableProxy {
  port: number;
  /** Breaks what is open and refuses what comes. */
  cut(): void;
  /** Keeps what is open and passes nothing on, as a network does that drops packets. */
  freeze(): void;
  restore(): void;
  stop(): Promise<void>;
}

export async function startCuttableProxy(target: { host: string; port: number }): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  let state: "open" | "cut" | "frozen" = "open";
  const server = createServer((client) => {
    if (state === "cut") return client.destroy();
    const upstream = connect(target);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {}); // the other side is closed below
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on("data", (chunk) => state === "open" && other.write(chunk));
    }
    return undefined;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port, // a server on a port has one
    cut() {
      state = "cut";
      breakAll();
    },
    freeze() {
      state = "frozen";
    },
    restore() {
      if (state === "frozen") breakAll();
      state = "open";
    },
    async stop() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      breakAll();
      await closed;
    },
  };
}
