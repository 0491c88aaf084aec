import { readFile, rename, stat } from "node:fs/promises";

const MOST_BYTES = 20 * 2 ** 20;

/** The last lines of a log, for an error's message. */
export async function lastLines(logFile: string, count = 6): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** Called before a start: a log that has grown large becomes `<name>.1`, in place of the one before. */
export async function rotateLog(logFile: string): Promise<void> {
  const info = await stat(logFile).catch(() => undefined);
  if (info !== undefined && info.size > MOST_BYTES) await rename(logFile, `${logFile}.1`);
}
