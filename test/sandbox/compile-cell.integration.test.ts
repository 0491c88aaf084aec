import { expect, test } from "vitest";
import { openCellGroups } from "#sandbox/host/cell-group.ts";
import { CellProcess } from "#sandbox/host/cell-process.ts";
import { CompileCell } from "#sandbox/host/compile-cell.ts";
import { compileCellCode } from "#sandbox/host/compile-cell-code.ts";
import { Watchdog } from "#sandbox/host/watchdog.ts";
import { tempDir } from "../support/temp-dir.ts";

/** Each name is looked up through every scope: work that grows as their product. */
const ENDLESS = `${"(()=>{".repeat(900)}${"a;".repeat(1_000_000)}${"})".repeat(900)};`;

test("source that a compiler needs long for costs its own code cache, and nobody else's", async () => {
  const watchdog = new Watchdog(() => {});
  const code = await compileCellCode(tempDir());
  const cells: CellProcess[] = [];
  const compiler: CompileCell = new CompileCell(() => {
    const cell = new CellProcess({
      id: cells.length,
      role: "compile",
      code,
      guestCache: undefined,
      watchdog,
      groups: openCellGroups(),
      events: {
        burstIsLong: () => {},
        changed: () => {},
        compiled: (id, cache) => compiler.compiled(id, cache),
        overran: () => {},
        cacheRejected: () => {},
      },
    });
    cells.push(cell);
    return cell;
  }, 1_000);
  const asked = [compiler.compile(ENDLESS, "integration.js"), compiler.compile("1 + 1;", "integration.js")];
  const [late, next] = await Promise.all(asked);
  expect(late).toBeUndefined();
  expect(next?.byteLength).toBeGreaterThan(0);
  expect(cells).toHaveLength(2);
  await compiler.stop();
  await watchdog.stop();
});
