import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pruneCellCode } from "#sandbox/host/prune-cell-code.ts";
import { tempDir } from "../support/temp-dir.ts";

test("files of older releases go after a week unused; those in use and those of others stay", async () => {
  const folder = tempDir();
  const old = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
  const put = (name: string, isOld: boolean) => {
    writeFileSync(join(folder, name), "");
    if (isOld) utimesSync(join(folder, name), old, old);
  };
  put("cell-main-0123456789abcdef.cjs", true);
  put("cell-thread-0123456789abcdef.cjs.f00d", true);
  put("guest-0123456789abcdef.cache", true);
  put("cell-main-fedcba9876543210.cjs", true);
  put("cell-thread-fedcba9876543210.cjs", false);
  put("notes.txt", true);
  const removed = await pruneCellCode(folder, ["/elsewhere/cell-main-fedcba9876543210.cjs"]);
  expect(removed.toSorted()).toEqual([
    "cell-main-0123456789abcdef.cjs",
    "cell-thread-0123456789abcdef.cjs.f00d",
    "guest-0123456789abcdef.cache",
  ]);
  expect(readdirSync(folder).toSorted()).toEqual([
    "cell-main-fedcba9876543210.cjs",
    "cell-thread-fedcba9876543210.cjs",
    "notes.txt",
  ]);
  // In use again today, and so not removed by another process tomorrow.
  expect(await pruneCellCode(folder, [])).toEqual([]);
});
