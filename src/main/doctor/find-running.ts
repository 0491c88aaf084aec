import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isAlive } from "#embedded/end-orphan.ts";

/** What `npm start` has written for others: enough to look at its parts. */
const runSchema = z.object({
  pid: z.number(),
  apiUrl: z.string(),
  databaseUrl: z.string(),
  temporalAddress: z.string(),
});
export type RunningInstallation = z.output<typeof runSchema>;

/** The installation that runs on a data directory, or undefined where none does. */
export async function findRunning(dataDir: string): Promise<RunningInstallation | undefined> {
  try {
    const run = runSchema.parse(JSON.parse(await readFile(join(dataDir, "run.json"), "utf8")));
    return isAlive(run.pid) ? run : undefined;
  } catch {
    // Not there, or half a file of another release: nothing that runs.
    return undefined;
  }
}
