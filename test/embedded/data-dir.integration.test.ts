import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseConfig } from "#config";
import { openDataDir } from "#embedded/data-dir.ts";
import { tempDir } from "../support/temp-dir.ts";

test("a new one gets a key that the configuration takes, readable by its owner alone", async () => {
  const path = join(tempDir(), "new");
  const opened = await openDataDir(path);
  opened.release();
  const machine = { memoryBytes: 2 ** 30 };
  const { encryptionKeys } = parseConfig({ MILLRACE_ENCRYPTION_KEY: opened.encryptionKey }, machine);
  expect(encryptionKeys?.[0]?.key.length).toBe(32);
  expect(statSync(join(path, "encryption.key")).mode & 0o777).toBe(0o600);
  const again = await openDataDir(path);
  expect(again.encryptionKey).toBe(opened.encryptionKey);
  again.release();
});

test("it opens for one at a time, and the other is told who has it", async () => {
  const path = tempDir();
  const first = await openDataDir(path);
  await expect(openDataDir(path)).rejects.toThrow(
    `${path} is in use by another Millrace (process ${process.pid}, since`,
  );
  first.release();
  (await openDataDir(path)).release();
});

test.each([
  ["of a newer release", '{"format":2}', "was written by a newer release"],
  ["whose version is damaged", "{", "cannot be read"],
])("one %s is refused, untouched", async (_what, version, sentence) => {
  const path = tempDir();
  writeFileSync(join(path, "version.json"), version);
  await expect(openDataDir(path)).rejects.toThrow(sentence);
  expect(readFileSync(join(path, "version.json"), "utf8")).toBe(version);
});

test("a lost key is not replaced by a new one in silence", async () => {
  const path = tempDir();
  (await openDataDir(path)).release();
  rmSync(join(path, "encryption.key"));
  await expect(openDataDir(path)).rejects.toThrow("encryption.key is missing");
});
