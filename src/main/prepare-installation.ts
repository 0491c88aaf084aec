import { pino } from "pino";
import { createAuth } from "#api/auth/create-auth.ts";
import { ensureOwner } from "#api/auth/ensure-owner.ts";
import type { Owner } from "#api/auth/ensure-owner.ts";
import { connect } from "#db/connect.ts";
import { startDemo } from "./demo/start-demo.ts";
import { toMasterKeys } from "./master-keys.ts";
import type { Prepared, PrepareOptions } from "./run-local.ts";

/** Of the token in `run.json`; each start replaces the one before. */
const TOKEN_NAME = "npm start";

/** The first organization with its owner, and, unless it is unwanted, the demo. */
export async function prepareInstallation(options: PrepareOptions): Promise<Prepared> {
  const { stack, config, signal } = options;
  const owner = await makeOwner(options);
  const { token } = owner;
  const account =
    owner.password === undefined
      ? []
      : ["Sign in with (shown this once):", "", `  ${owner.email}   ${owner.password}`, ""];
  if (!config.demo) return { token, demo: null, lines: account, stop: () => Promise.resolve() };
  const { demo, lines, stop } = await startDemo({
    apiUrl: stack.apiUrl,
    token,
    dataDir: config.dataDir,
    signal,
  });
  return { token, demo, lines: [...account, ...lines], stop };
}

async function makeOwner({ stack, encryptionKeys }: PrepareOptions): Promise<Owner> {
  const log = pino({ level: "warn", base: { process: "start" } }, pino.destination(2));
  const { db, close } = connect({
    databaseUrl: stack.databaseUrl,
    maxConnections: 2,
    applicationName: "millrace-start",
    onError: (err) => log.warn({ err }, "trouble with the database"),
  });
  try {
    const masterKeys = toMasterKeys(encryptionKeys);
    const auth = createAuth({ db, masterKeys, publicUrl: stack.publicUrl, log });
    return await ensureOwner({ db, auth, tokenName: TOKEN_NAME });
  } finally {
    await close();
  }
}
