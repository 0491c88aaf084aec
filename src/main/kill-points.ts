import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { type KillPoint, type ReachPoint, reachNothing } from "#contract/kill-points.ts";

/**
 * Kills this process with SIGKILL at a point that a test has armed by a file of the point's name. Taking the file
 * away and dying are one: of several processes that reach the point, one dies, and the restarted one goes on.
 */
export function createReachPoint(killDir: string | undefined): ReachPoint {
  if (killDir === undefined) return reachNothing;
  return (point) => {
    if (disarm(killDir, point)) process.kill(process.pid, "SIGKILL");
  };
}

/** For the sandbox, which kills a cell and not itself. */
export function createCellKiller(killDir: string | undefined): (() => boolean) | undefined {
  return killDir === undefined ? undefined : () => disarm(killDir, "cell-during-step");
}

function disarm(killDir: string, point: KillPoint): boolean {
  try {
    unlinkSync(join(killDir, point));
    return true;
  } catch (error) {
    // Not armed is the usual case; anything else would make a test pass for the wrong reason.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
