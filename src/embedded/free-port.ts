import { createServer } from "node:net";
import { EngineError } from "#contract/errors.ts";

/** A port that nobody listens on at this moment, on the loopback address; `preferred` where it is free. */
export async function findFreePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred;
  const port = await listenOnce(0);
  if (port === undefined)
    throw new EngineError("engine/start", "This machine has no free port on 127.0.0.1.");
  return port;
}

export async function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return (await listenOnce(port, host)) !== undefined;
}

/** The port that was listened on for a moment, or undefined where that was refused. */
function listenOnce(port: number, host = "127.0.0.1"): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}
