import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCellGroups } from "#sandbox/host/cell-group.ts";
import { tempDir } from "../support/temp-dir.ts";

/** A folder with the files of a delegated group. The kernel's own rules are not in it. */
function delegated(controllers = "cpuset cpu io memory pids"): string {
  const root = tempDir();
  mkdirSync(join(root, "service"));
  writeFileSync(join(root, "service/cgroup.controllers"), `${controllers}\n`);
  return root;
}

test("a worker that may write its group moves beside its cells, and each gets limits", () => {
  const root = delegated();
  const groups = openCellGroups(root, "/service");
  groups.add(4_711);
  groups.limit(4_711, 320);
  const read = (file: string) => readFileSync(join(root, "service", file), "utf8");
  expect(groups.enforced).toBe(true);
  expect(read("millrace-worker/cgroup.procs")).toBe(String(process.pid));
  expect(read("cgroup.subtree_control")).toBe("+cpu +memory +pids");
  expect(read("millrace-cell-4711/cgroup.procs")).toBe("4711");
  expect(read("millrace-cell-4711/pids.max")).toBe("64");
  expect(read("millrace-cell-4711/cpu.weight")).toBe("50");
  expect(read("millrace-cell-4711/memory.max")).toBe(String(384 * 1_048_576));
});

test("one that has moved already uses the group above", () => {
  const root = delegated();
  const groups = openCellGroups(root, "/service/millrace-worker");
  groups.add(4_711);
  expect(readFileSync(join(root, "service/millrace-cell-4711/cgroup.procs"), "utf8")).toBe("4711");
});

test.each([
  ["version 1 alone", undefined, "no control groups of version 2 are mounted"],
  ["nothing mounted", "/elsewhere", "no control groups of version 2 are mounted"],
])("with %s the watchdog is alone, and says why", (_case, own, reason) => {
  const groups = openCellGroups(tempDir(), own ?? "/none");
  groups.add(1);
  groups.limit(1, 100);
  groups.remove(1);
  expect(groups).toMatchObject({ enforced: false });
  expect(groups.reason).toContain(reason);
});

test("a group without the controllers is told by their names", () => {
  expect(openCellGroups(delegated("cpu"), "/service").reason).toContain("memory, pids not delegated");
});
