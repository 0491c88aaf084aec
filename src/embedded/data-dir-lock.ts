import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EngineError } from "#contract/errors.ts";
import { readIfThere, writeAtomically } from "./files.ts";

/**
 * One process per data directory. Node has no flock, so SQLite's lock on a file of its own serves: the kernel drops it
 * with the process, so it is never stale. `lock.json` only tells who holds it.
 *
 * @throws EngineError `engine/start` that names the holder.
 */
export async function lockDataDir(path: string): Promise<() => void> {
  const holderFile = join(path, "lock.json");
  const database = new DatabaseSync(join(path, "lock.db"), { timeout: 0 });
  try {
    database.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    database.close();
    const holder = await readIfThere(holderFile);
    throw new EngineError(
      "engine/start",
      `${path} is in use by another Millrace (${describe(holder)}). Stop that one, or set MILLRACE_DATA_DIR to another folder: two run side by side.`,
      { cause: error },
    );
  }
  await writeAtomically(
    holderFile,
    `${JSON.stringify({ pid: process.pid, since: new Date().toISOString() })}\n`,
  );
  return () => database.close();
}

function describe(holder: string | undefined): string {
  const match = /"pid":(\d+),"since":"([^"]+)"/.exec(holder ?? "");
  return match === null ? "process unknown" : `process ${match[1]}, since ${match[2]}`;
}
