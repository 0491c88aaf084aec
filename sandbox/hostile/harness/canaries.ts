import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEchoServer } from "./echo-server.ts";
import type { HostileWorld } from "./program.ts";

/**
 * Things of the host that no program may get, set out so that getting them is noticed: a file and a variable with
 * secrets, a server that counts who reaches it, and the shape of the host's own globals.
 */
export interface Canaries {
  world: HostileWorld;
  /** What must not stand in anything that a program says. */
  secrets: Record<string, string>;
  /** What has happened to the canaries since they were asked last; empty: nothing. */
  disturbed(): Promise<string[]>;
  stop(): Promise<void>;
}

const VARIABLE = "HOSTILE_CANARY";

export async function setOutCanaries(): Promise<Canaries> {
  const secrets = { file: secret(), variable: secret(), neighbour: secret(), bystander: secret() };
  const folder = await mkdtemp(join(tmpdir(), "millrace-canary-"));
  const canaryFile = join(folder, "canary");
  await writeFile(canaryFile, secrets.file);
  process.env[VARIABLE] = secrets.variable;
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const echo = await startEchoServer();
  const address = server.address();
  const canaryPort = typeof address === "object" && address !== null ? address.port : 0;
  const world = {
    canaryFile,
    canaryFolder: folder,
    canaryVariable: VARIABLE,
    canaryPort,
    echoPort: echo.port,
  };
  let shape = shapeOfHost();
  return {
    world,
    secrets,
    async disturbed() {
      const found: string[] = [];
      if (visits > 0) found.push(`the canary's server was reached ${visits} times`);
      visits = 0;
      const forged = echo.takeForged();
      if (forged.length > 0) found.push(`a forged request arrived: ${forged.join(", ")}`);
      const text = await readFile(canaryFile, "utf8").catch(() => "gone");
      if (text !== secrets.file) found.push("the canary's file was changed");
      const files = await readdir(folder).catch(() => []);
      if (files.length !== 1) found.push(`the canary's folder holds ${files.join(", ")}`);
      const now = shapeOfHost();
      if (now !== shape) found.push("the host's globals were changed");
      shape = now;
      return found;
    },
    async stop() {
      delete process.env[VARIABLE];
      await Promise.all([echo.stop(), new Promise((resolve) => server.close(resolve))]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function secret(): string {
  return `canary-${randomBytes(12).toString("hex")}`;
}

/** Keys of what everything in the host inherits from. */
function shapeOfHost(): string {
  const prototypes = [Object, Array, Function, String, Promise, Map, Error].map(({ prototype }) => prototype);
  return [globalThis, ...prototypes]
    .map((one) => Reflect.ownKeys(one).map(String).toSorted().join())
    .join("\n");
}
