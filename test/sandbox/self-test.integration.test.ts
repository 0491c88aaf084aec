import { expect, test } from "vitest";
import { openCellGroups } from "#sandbox/host/cell-group.ts";
import { CellProcess } from "#sandbox/host/cell-process.ts";
import { compileCellCode } from "#sandbox/host/compile-cell-code.ts";
import { Watchdog } from "#sandbox/host/watchdog.ts";
import { tempDir } from "../support/temp-dir.ts";

test("a cell is denied everything, by the permission model's own code, in both threads", async () => {
  const watchdog = new Watchdog((error) => {
    throw error;
  });
  const cell = new CellProcess({
    id: 1,
    role: "run",
    code: await compileCellCode(tempDir()),
    guestCache: undefined,
    watchdog,
    groups: openCellGroups(),
    events: {
      burstIsLong: () => {},
      changed: () => {},
      compiled: () => {},
      cacheRejected: () => {},
      overran: () => {},
    },
  });
  await cell.ready;
  const report = cell.selfTest;
  cell.kill("stopped");
  const death = await cell.exited;
  await watchdog.stop();
  const denied = ["net", "dns", "fs.read", "fs.write", "spawn", "worker", "dlopen", "inspector", "wasi"];
  const codes = {
    ...Object.fromEntries(denied.map((name) => [name, "ERR_ACCESS_DENIED"])),
    sqlite: "absent",
    environment: "empty",
    webassembly: "undefined",
  };
  expect(report?.failures).toEqual([]);
  expect(report?.main).toMatchObject(codes);
  expect(report?.thread).toMatchObject(codes);
  // Where the parent is root, the cell has a user of its own.
  if (process.getuid?.() === 0) expect(report?.main["kill-parent"]).toBe("EPERM");
  expect(death.reason).toBe("stopped");
});
