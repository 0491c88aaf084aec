import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const STOP_WITHIN_MS = 15_000;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return typeof error === "object" && error !== null && "code" in error && error.code === "EPERM";
  }
}

/** The command line of a running process, or undefined where there is none. */
export async function commandOf(pid: number): Promise<string | undefined> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
  } catch {
    // macOS has no /proc, and small Linux images have no ps: one of the two is there.
    return commandByPs(pid);
  }
}

async function commandByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]);
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

/**
 * Ends a program that an earlier start left behind, since its guard was killed too. `mark` is a piece of its command
 * line that only ours has (its data file), so that a stranger who was given the same pid is left alone.
 * Returns whether there was one.
 */
export async function endOrphan(pid: number, mark: string, signal: "SIGINT" | "SIGTERM"): Promise<boolean> {
  // A zombie that nobody reaps has no command line any more.
  const isOurs = async (): Promise<boolean> =>
    isAlive(pid) && (await commandOf(pid))?.includes(mark) === true;
  if (!Number.isSafeInteger(pid) || pid <= 1 || !(await isOurs())) return false;
  process.kill(pid, signal);
  const deadline = Date.now() + STOP_WITHIN_MS;
  while (await isOurs()) {
    if (Date.now() > deadline) process.kill(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
