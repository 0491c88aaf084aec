import type { PermissionManifest } from "#contract/permissions.ts";
import type { SandboxLimits, SandboxOutcome } from "#contract/sandbox.ts";

/**
 * One attack. Its code is the text of a step's function, run in a real cell with an engine around it that is
 * watched. Before it stands the prelude of `probe.ts`: what a program got hold of, it names in `reached`, and
 * returns `{ reached }`; anything in there is an escape.
 */
export interface HostileProgram {
  /** What it attacks and how, in a clause. Unique in the corpus. */
  mechanism: string;
  /** Outcomes that contain it. More than one where a race inside V8 decides. */
  expect: readonly SandboxOutcome[];
  /** Whether its cell outlives it; one that passes CPU or memory may always cost its cell. Default `kept`. */
  cell?: "kept" | "recycled" | "either";
  /** A step's function. */
  code: string;
  /** Runs while the bundle is evaluated. */
  prologue?: string;
  /** What is published beside the bundle as its source map. */
  sourceMap?: () => string;
  limits?: Partial<SandboxLimits>;
  timeoutMs?: number;
  permissions?: (world: HostileWorld) => PermissionManifest;
}

export interface HostileFamily {
  name: string;
  /** What its programs are after, in a sentence. */
  attacks: string;
  programs: readonly HostileProgram[];
}

/** What a program is told of the engine that it runs in: where the things are that it must not get. */
export interface HostileWorld {
  /** A file with a secret in it, and the folder that it lies in. */
  canaryFile: string;
  canaryFolder: string;
  /** The name of an environment variable of the host with a secret in it. */
  canaryVariable: string;
  /** A server on this machine that nobody may reach. */
  canaryPort: number;
  /** One that the program may reach: it redirects and echoes. */
  echoPort: number;
}

export const QUICK_CPU_MS = 500;
export const QUICK_TIMEOUT_MS = 3_000;
