import { pino } from "pino";
import { createAuth } from "#api/auth/create-auth.ts";
import { ensureOwner, type Owner } from "#api/auth/ensure-owner.ts";
import { type Config, parseConfig, requireConfig } from "#config";
import { connect } from "#db/connect.ts";
import { toMasterKeys } from "../master-keys.ts";
import type { Seeded } from "../run-local.ts";
import type { Stack } from "../stack.ts";
import { startDemo } from "./start-demo.ts";

const TOKEN_NAME = "npm start";
/** The settings are read for their keys only: nothing here depends on the size of the machine. */
const ANY_MACHINE = { cores: 1, memoryBytes: 2 ** 31 };

/** The owner, made in the database since nobody has a token yet, and the demo, made by the owner over the API. */
export async function seedLocal(running: {
  stack: Stack;
  config: Config;
  signal: AbortSignal;
}): Promise<Seeded> {
  const { stack, config, signal } = running;
  const owner = await ensureLocalOwner(stack);
  const { demo, lines, stop } = await startDemo({
    apiUrl: stack.apiUrl,
    token: owner.token,
    dataDir: config.dataDir,
    signal,
  });
  return { token: owner.token, demo, lines: [...credentialLines(owner), ...lines], stop };
}

async function ensureLocalOwner(stack: Stack): Promise<Owner> {
  const settings = requireConfig(parseConfig(stack.env, ANY_MACHINE), ["databaseUrl", "encryptionKeys"]);
  const log = pino({ level: "warn", base: { process: "start" } }, pino.destination(2));
  const { db, close } = connect({
    databaseUrl: settings.databaseUrl,
    maxConnections: 2,
    applicationName: "millrace-seed",
    onError: (err) => log.warn({ err }, "trouble with the database"),
  });
  try {
    const masterKeys = toMasterKeys(settings.encryptionKeys);
    const auth = createAuth({ db, masterKeys, publicUrl: stack.apiUrl, log });
    return await ensureOwner({ db, auth, tokenName: TOKEN_NAME });
  } finally {
    await close();
  }
}

function credentialLines({ email, password }: Owner): string[] {
  if (password === undefined) return [];
  return ["Sign in with (shown this once):", "", `  ${email}   ${password}`, ""];
}
