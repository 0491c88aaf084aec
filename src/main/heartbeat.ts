import type { Db } from "#db/connect.ts";
import { beatProcess, type ProcessIdentity, removeProcess } from "#db/processes.ts";

const EVERY_MS = 2_000;

/** Shows this process in `processes` until `stop`, which takes it away. A missed beat is told, and made up for. */
export async function startHeartbeat(options: {
  db: Db;
  identity: ProcessIdentity;
  onError(error: unknown): void;
}): Promise<{ stop(): Promise<void> }> {
  const { db, identity, onError } = options;
  await beatProcess(db, identity);
  let beating: Promise<void> | undefined;
  const timer = setInterval(() => {
    beating ??= beatProcess(db, identity)
      .catch(onError)
      .finally(() => (beating = undefined));
  }, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await beating;
      await removeProcess(db, identity.id).catch(onError);
    },
  };
}
