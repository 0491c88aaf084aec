import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "#contract/effective-permissions.ts";
import { openPolicy } from "#main/open-policy.ts";
import { tempDir } from "../support/temp-dir.ts";

const createLog = () => {
  const lines: string[] = [];
  const write = (level: string) => (fields: unknown, message?: string) =>
    void lines.push(`${level} ${message ?? String(fields)}`);
  return { lines, info: write("info"), error: write("error") };
};

test("without a file manifests have what they name", async () => {
  const log = createLog();
  const policy = await openPolicy({ file: undefined, log });
  expect(policy.current()).toBe(DEFAULT_POLICY);
  await policy.reload();
  expect(log.lines[0]).toContain("no MILLRACE_POLICY_FILE is set");
});

test.each([
  ["missing", undefined, "ENOENT"],
  ["broken", "{", "is not JSON"],
  ["wrong", '{"net":["::1"]}', "net.allow[0]"],
])("a file that is %s stops the start, with its name and what is wrong", async (_how, text, message) => {
  const folder = tempDir();
  const file = join(folder, "policy.json");
  if (text !== undefined) await writeFile(file, text);
  const opening = openPolicy({ file, log: createLog() });
  await expect(opening).rejects.toMatchObject({ code: "engine/config" });
  await expect(opening).rejects.toThrow(`MILLRACE_POLICY_FILE: ${file} cannot be used`);
  await expect(opening).rejects.toThrow(message);
});

test("a file that is read anew holds at once, and one that is broken or gone by then changes nothing", async () => {
  const folder = tempDir();
  const file = join(folder, "policy.json");
  const log = createLog();
  await writeFile(file, '{"net":["a.com"]}');
  const policy = await openPolicy({ file, log });
  await writeFile(file, '{"net":["b.com"]}');
  expect(policy.current().net.allow).toEqual(["a.com"]);
  await policy.reload();
  expect(policy.current().net.allow).toEqual(["b.com"]);
  await writeFile(file, "{");
  await policy.reload();
  await rm(file);
  await policy.reload();
  expect(policy.current().net.allow).toEqual(["b.com"]);
  expect(log.lines.map((line) => line.split(" ")[0])).toEqual(["info", "error", "error"]);
  expect(log.lines[1]).toContain("the one before it still holds");
});
