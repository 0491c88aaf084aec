import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "#embedded/files.ts";

/** What scripts, tests and the command line read to find a running installation: `<data dir>/run.json`. */
export interface RunInfo {
  ready: true;
  /** Of the process that wrote it: one that was killed leaves the file behind. */
  pid: number;
  apiUrl: string;
  consoleUrl: string;
  temporalAddress: string;
  /** Null where Temporal is not ours: it is not known then. */
  temporalUiUrl: string | null;
  databaseUrl: string;
  /** API token of the owner, new at each start. */
  token: string;
  /** Null with MILLRACE_DEMO=0. */
  demo: RunDemo | null;
}

export interface RunDemo {
  customerId: string;
  integrationId: string;
  instanceId: string;
  ledgerUrl: string;
  flows: Record<string, { webhookUrl: string; apiKey: string | null; signingSecret: string | null }>;
}

/** Written when all is ready; mode 0600, since it holds the token and the database's password. */
export async function writeRunFile(dataDir: string, info: RunInfo): Promise<void> {
  await writeAtomically(join(dataDir, "run.json"), `${JSON.stringify(info, null, 2)}\n`);
}

export async function removeRunFile(dataDir: string): Promise<void> {
  await rm(join(dataDir, "run.json"), { force: true });
}

/** For a process that ends in this very moment. */
export function removeRunFileNow(dataDir: string): void {
  rmSync(join(dataDir, "run.json"), { force: true });
}
