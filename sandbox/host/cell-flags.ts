import type { CellCode } from "./compile-cell-code.ts";

/**
 * Node's flags for a cell. Without them there is no permission model; with them alone there is one full of
 * holes, which the drop in both threads closes (see docs/sandbox.md). No TypeScript, no compiler, no sqlite.
 */
export function cellFlags(code: CellCode): string[] {
  const readable = [code.mainFile, code.threadFile, ...code.packageFolders, "/etc/alpine-release"];
  return [
    "--permission",
    "--allow-addons",
    "--allow-worker",
    "--no-experimental-sqlite",
    "--no-node-snapshot",
    "--jitless",
    "--no-warnings",
    "--max-semi-space-size=4",
    ...readable.map((path) => `--allow-fs-read=${path}`),
  ];
}
