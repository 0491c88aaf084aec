/** For a busy machine, work gets half again as much wall clock as it has CPU left. */
const WALL_PER_CPU = 1.5;
const WALL_GRACE_MS = 50;

/** The wall clock that a CPU budget is given. */
export function cpuWallMs({ cpuMs }: { cpuMs: number }): number {
  return cpuMs * WALL_PER_CPU + WALL_GRACE_MS;
}
