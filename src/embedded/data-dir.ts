import { randomBytes } from "node:crypto";
import { mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "#contract/errors.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { readIfThere, writeAtomically } from "./files.ts";

/** Raised when a release lays the data directory out anew; `<data dir>/version.json` says which wrote it. */
const FORMAT = 1;
const LEAST_FREE_BYTES = 200 * 2 ** 20;

export interface DataDir {
  path: string;
  /** Value for MILLRACE_ENCRYPTION_KEY, where the environment gives none. */
  encryptionKey: string;
  release(): void;
}

/**
 * Opens the data directory for this process alone, making it first where there is none.
 *
 * @throws EngineError `engine/start`: held by another process, written by a newer release, its key lost, disk full.
 */
export async function openDataDir(path: string): Promise<DataDir> {
  await mkdir(path, { recursive: true });
  await checkSpace(path);
  const release = await lockDataDir(path);
  try {
    const isNew = !(await hasVersion(path));
    const encryptionKey = await readEncryptionKey(path, isNew);
    // Last: what has a version is whole.
    if (isNew) await writeAtomically(join(path, "version.json"), `${JSON.stringify({ format: FORMAT })}\n`);
    return { path, encryptionKey, release };
  } catch (error) {
    release();
    throw error;
  }
}

async function checkSpace(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free < LEAST_FREE_BYTES)
    throw new EngineError(
      "engine/start",
      `The disk is full: ${Math.floor(free / 2 ** 20)} MB are left for ${path}, and ${LEAST_FREE_BYTES / 2 ** 20} MB are needed. Free some space, or set MILLRACE_DATA_DIR to a folder on another disk.`,
    );
}

async function hasVersion(path: string): Promise<boolean> {
  const file = join(path, "version.json");
  const text = await readIfThere(file);
  if (text === undefined) return false;
  const format = formatOf(text);
  if (format === undefined)
    throw new EngineError(
      "engine/start",
      `${file} cannot be read. Restore it, or move ${path} away to start afresh.`,
    );
  if (format > FORMAT)
    throw new EngineError(
      "engine/start",
      `${path} was written by a newer release of Millrace (format ${format}, this one knows ${FORMAT}). Start that release, or set MILLRACE_DATA_DIR to another folder.`,
    );
  return true;
}

function formatOf(text: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("format" in parsed)) return undefined;
    return typeof parsed.format === "number" ? parsed.format : undefined;
  } catch {
    return undefined;
  }
}

async function readEncryptionKey(path: string, isNew: boolean): Promise<string> {
  const file = join(path, "encryption.key");
  const known = await readIfThere(file);
  if (known !== undefined) return known.trim();
  if (!isNew)
    throw new EngineError(
      "engine/start",
      `${file} is missing, and without it the secrets in ${path} cannot be read. Restore the file, set MILLRACE_ENCRYPTION_KEY, or move ${path} away to start afresh.`,
    );
  const key = `k1:${randomBytes(32).toString("base64")}`;
  await writeAtomically(file, `${key}\n`);
  return key;
}
