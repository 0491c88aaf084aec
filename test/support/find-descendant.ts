import { execFileSync } from "node:child_process";

/** The process below another one, at any depth, whose command line has a text in it. */
export function findDescendant(ancestor: number, commandPart: string): number | undefined {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((row) => row !== null)
    .map(([, pid, parent, command]) => ({
      pid: Number(pid),
      parent: Number(parent),
      command: command ?? "",
    }));
  const below = new Set([ancestor]);
  for (let size = 0; size !== below.size;) {
    size = below.size;
    for (const { pid, parent } of rows) if (below.has(parent)) below.add(pid);
  }
  return rows.find(({ pid, command }) => pid !== ancestor && below.has(pid) && command.includes(commandPart))
    ?.pid;
}
