import { readdir, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * Each release leaves files of its own in the cache folder. Those in use are marked as such at each start; what has
 * not been used for a while goes. A process of an older release that still runs has read what it forks from, and finds
 * its own files again at its next start.
 */
const UNUSED_MS = 7 * 24 * 60 * 60 * 1000;
const OURS = /^(cell-main|cell-thread)-[0-9a-f]{16}\.cjs|^guest-[0-9a-f]{16}\.cache/;

/** Returns the names of the files that were removed. */
export async function pruneCellCode(folder: string, inUse: readonly string[]): Promise<string[]> {
  const now = Date.now();
  const names = new Set(inUse.map((file) => basename(file)));
  const removed: string[] = [];
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    try {
      if (names.has(name)) await utimes(file, now / 1000, now / 1000);
      else if (OURS.test(name) && now - (await stat(file)).mtimeMs > UNUSED_MS) {
        await rm(file);
        removed.push(name);
      }
    } catch {
      // Another process has removed it meanwhile, or this user may not: it stays, and costs some kilobytes.
    }
  }
  return removed;
}
