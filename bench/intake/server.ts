/**
 * The api process of the intake benchmark, of three kinds: `real`; `stub`, the same with only the database call of a
 * window replaced; `hono`, which answers at once. Speaks with its parent by IPC.
 */
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { Registry } from "prom-client";
import { createApp } from "#api/create-app.ts";
import { serve } from "#api/serve.ts";
import { connect } from "#db/connect.ts";
import { createIntakeStore } from "#db/create-intake-store.ts";
import { createHintSender } from "#db/hints.ts";
import { LATEST_MIGRATION } from "#db/migrate.ts";
import type { IntakeOutcome } from "#db/intake.ts";
import { createIntake } from "#intake/create-intake.ts";
import { createVault } from "#vault/create-vault.ts";

export type ServerKind = "real" | "stub" | "hono";
export interface ServerStart {
  kind: ServerKind;
  databaseUrl: string;
  /** Base64, 32 bytes. */
  masterKey: string;
}
export type ServerMessage =
  | { type: "listening"; port: number }
  | { type: "usage"; cpuMs: number; rssMb: number };

const say = (message: ServerMessage) => void process.send?.(message);
const CREATED: IntakeOutcome = { type: "created" };

async function start(options: ServerStart): Promise<number> {
  if (options.kind === "hono") {
    const app = new Hono();
    app.post("/hooks/*", () => new Response('{"ok":true}', { status: 202 }));
    const server = createAdaptorServer({ fetch: app.fetch });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return (server.address() as AddressInfo).port; // a server on a port has one
  }
  const onError = (error: unknown) => console.error(error);
  const { databaseUrl } = options;
  const key = Buffer.from(options.masterKey, "base64");
  const { db } = connect({ databaseUrl, maxConnections: 2, applicationName: "bench", onError });
  const vault = createVault({ db, masterKeys: { current: { id: "b", key }, all: new Map([["b", key]]) } });
  const store = createIntakeStore({ databaseUrl, onError });
  const hints = createHintSender({ databaseUrl, applicationName: "bench-hints", onError });
  const registry = new Registry();
  let url = "";
  const intake = createIntake({
    store:
      options.kind === "real"
        ? store
        : { db: store.db, commit: (rows) => Promise.resolve(rows.map(() => CREATED)) },
    vault,
    hints,
    publicUrl: () => url,
    registry,
    onError,
  });
  const log = pino({ level: "warn" });
  const app = createApp({
    log,
    hooks: { intake, replies: { wait: async () => ({ type: "late" }) }, log },
    status: { db, verifyStatusToken: vault.verifyStatusToken },
    health: { db, log, migration: LATEST_MIGRATION },
    metrics: { registry },
    routes: [],
  });
  const server = await serve({ app, host: "127.0.0.1", port: 0 });
  ({ url } = server);
  return server.port;
}

process.on("message", (message: ServerStart | "usage") => {
  if (message === "usage") {
    const { user, system } = process.cpuUsage();
    say({ type: "usage", cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 2 ** 20 });
    return;
  }
  void start(message).then((port) => say({ type: "listening", port }));
});
process.on("disconnect", () => process.exit());
