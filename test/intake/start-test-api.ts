import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { Registry } from "prom-client";
import { createApp } from "#api/create-app.ts";
import { ReplyDesk } from "#api/reply-desk.ts";
import { serve } from "#api/serve.ts";
import { connect } from "#db/connect.ts";
import { createIntakeStore, type IntakeStore } from "#db/create-intake-store.ts";
import { findReplies } from "#db/find-replies.ts";
import { createHintSender, listenForHints } from "#db/hints.ts";
import type { IntakeOutcome, IntakeRow } from "#db/intake.ts";
import { LATEST_MIGRATION } from "#db/migrate.ts";
import { createIntake, type IntakeOptions } from "#intake/create-intake.ts";
import { createVault } from "#vault/create-vault.ts";
import type { MasterKeys } from "#vault/master-keys.ts";

export const testMasterKeys: MasterKeys = (() => {
  const key = randomBytes(32);
  return { current: { id: "test", key }, all: new Map([["test", key]]) };
})();

export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

export interface TestApiOptions extends Partial<Pick<IntakeOptions, "limits" | "reachPoint">> {
  /** Stands between a window and Postgres. */
  wrapCommit?(commit: IntakeStore["commit"], rows: IntakeRow[]): Promise<IntakeOutcome[]>;
}

/** An api process in miniature: pools, cache, window, server of its own. */
export async function startTestApi(databaseUrl: string, { wrapCommit, ...overrides }: TestApiOptions = {}) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const { db, close } = connect({ databaseUrl, maxConnections: 3, applicationName: "test-api", onError });
  const vault = createVault({ db, masterKeys: testMasterKeys });
  const store = createIntakeStore({ databaseUrl, onError });
  const hints = createHintSender({ databaseUrl, applicationName: "test-hints", onError });
  const registry = new Registry();
  let url = "";
  const intake = createIntake({
    store: {
      db: store.db,
      commit: (rows) => wrapCommit?.(store.commit, rows) ?? store.commit(rows),
    },
    vault,
    hints,
    publicUrl: () => url,
    registry,
    onError,
    ...overrides,
  });
  const replies = new ReplyDesk({ find: (asked) => findReplies(db, asked), registry, onError });
  const listener = listenForHints({
    databaseUrl,
    applicationName: "test-listener",
    channels: ["millrace_execution"],
    onHint: (channel, subject) => replies.onHint(channel, subject),
    onError,
  });
  const log = pino({ level: "silent" });
  const app = createApp({
    log,
    hooks: { intake, replies, log },
    status: { db, verifyStatusToken: vault.verifyStatusToken },
    health: { db, log, migration: LATEST_MIGRATION },
    metrics: { registry },
    routes: [],
  });
  const server = await serve({ app, host: "127.0.0.1", port: 0, graceMs: 2_000, lingerMs: 0 });
  url = server.url;
  return {
    url,
    port: server.port,
    server,
    intake,
    hints,
    vault,
    registry,
    errors,
    hook: (token: string, init: RequestInit = {}, rest = "") =>
      fetch(`${url}/hooks/${token}${rest}`, { method: "POST", ...init }),
    async stop() {
      await replies.stop();
      await server.stop();
      await intake.stop();
      await Promise.all([hints.stop(), listener.stop()]);
      await store.close();
      await close();
    },
  };
}
