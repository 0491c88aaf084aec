import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * What the kernel can do about a cell beside the watchdog: a control group (v2) with limits of its own, where this
 * process may write the group that it is in. The design does not need it: whatever is missing is said in `reason`.
 *
 * The kernel lets a group have either processes or limited children. So the worker moves into a leaf beside the cells,
 * which succeeds only where nothing else is in its group: a service or a container of its own, with its group
 * delegated.
 */
const CONTROLLERS = ["cpu", "memory", "pids"];
const WORKER_LEAF = "millrace-worker";
/** Threads and processes of a cell: it has about a dozen threads. */
const MOST_PIDS = 64;
/** The default is 100: where all are busy, a cell gets half of what the worker gets. */
const CPU_WEIGHT = 50;
/** The watchdog comes first, so that a kill names its culprit. */
const MARGIN_MB = 64;

export interface CellGroups {
  readonly enforced: boolean;
  /** In a clause: how cells are limited, or why the kernel does not do it. */
  readonly reason: string;
  add(pid: number): void;
  limit(pid: number, rssMb: number): void;
  /** Once the process has ended. */
  remove(pid: number): void;
}

/** `root` is where the control groups are mounted, `own` this process's path in it; both are given in tests. */
export function openCellGroups(root = "/sys/fs/cgroup", own = ownGroup()): CellGroups {
  if (own === undefined) return unlimited("no control groups of version 2 here");
  try {
    return new WritableGroups(openBase(root, own));
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
    if (code === "EBUSY") return unlimited("other processes are in the worker's control group");
    if (code === "ENOENT") return unlimited("no control groups of version 2 are mounted");
    return unlimited(`the worker may not write its control group (${code || String(error)})`);
  }
}

/** A folder in which children with limits may be made. */
function openBase(root: string, own: string): string {
  const moved = basename(own) === WORKER_LEAF;
  const base = join(root, moved ? dirname(own) : own);
  const controllers = readFileSync(join(base, "cgroup.controllers"), "utf8").split(/\s+/);
  const missing = CONTROLLERS.filter((name) => !controllers.includes(name));
  if (missing.length > 0) throw new Error(`${missing.join(", ")} not delegated`);
  if (!moved) {
    const leaf = join(base, WORKER_LEAF);
    mkdirSync(leaf, { recursive: true });
    writeFileSync(join(leaf, "cgroup.procs"), String(process.pid));
  }
  try {
    writeFileSync(
      join(base, "cgroup.subtree_control"),
      CONTROLLERS.map((controller) => `+${controller}`).join(" "),
    );
  } catch (error) {
    if (!moved) writeFileSync(join(base, "cgroup.procs"), String(process.pid));
    throw error;
  }
  return base;
}

/** A group that cannot be written after all takes nothing from a cell but this layer. */
class WritableGroups implements CellGroups {
  enforced = true;
  reason = "memory.max, pids.max and cpu.weight of a control group for each cell";
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  add(pid: number): void {
    const folder = this.#folder(pid);
    this.#attempt(() => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "pids.max"), String(MOST_PIDS));
      writeFileSync(join(folder, "cpu.weight"), String(CPU_WEIGHT));
      writeFileSync(join(folder, "cgroup.procs"), String(pid));
    });
  }

  limit(pid: number, rssMb: number): void {
    const bytes = Math.round((rssMb + MARGIN_MB) * 1_048_576);
    this.#attempt(() => writeFileSync(join(this.#folder(pid), "memory.max"), String(bytes)));
  }

  remove(pid: number): void {
    try {
      rmdirSync(this.#folder(pid));
    } catch {
      // The kernel has not let go of the process yet: an empty group stays behind, which limits nothing.
    }
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.enforced = false;
      this.reason = `the watchdog alone: a cell's control group cannot be written (${String(error)})`;
    }
  }

  #folder(pid: number): string {
    return join(this.#base, `millrace-cell-${pid}`);
  }
}

function unlimited(why: string): CellGroups {
  const nothing = () => {};
  return {
    enforced: false,
    reason: `the watchdog alone: ${why}`,
    add: nothing,
    limit: nothing,
    remove: nothing,
  };
}

/** Of this process in the unified hierarchy. A machine that has version 1 beside it says "/", where nothing is limited. */
function ownGroup(): string | undefined {
  try {
    const line = readFileSync("/proc/self/cgroup", "utf8")
      .split("\n")
      .find((one) => one.startsWith("0::"));
    return line?.slice("0::".length);
  } catch {
    return undefined; // no /proc: not Linux
  }
}

/** The kernel, short of memory, ends a cell before anything else. Anyone may say so of a process of their own. */
export function offerToOomKiller(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // Not Linux, or the process has ended already.
  }
}
