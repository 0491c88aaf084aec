import { readFile } from "node:fs/promises";
import type { Logger } from "pino";
import { DEFAULT_POLICY, type PermissionPolicy } from "#contract/effective-permissions.ts";
import { EngineError } from "#contract/errors.ts";
import { parsePolicy } from "#contract/parse-policy.ts";

/** The operator's policy as it is now; a step is given what it says when the step begins. */
export interface Policy {
  current(): PermissionPolicy;
  /** Reads the file anew. Never rejects: where it cannot be used, the policy stays and the log says so. */
  reload(): Promise<void>;
}

/** @throws EngineError `engine/config` where the file cannot be used: nothing is run under a policy nobody wrote */
export async function openPolicy({
  file,
  log,
}: {
  file: string | undefined;
  log: Pick<Logger, "info" | "error">;
}): Promise<Policy> {
  let current = file === undefined ? DEFAULT_POLICY : await readPolicy(file);
  return {
    current: () => current,
    async reload() {
      if (file === undefined)
        return log.info("no MILLRACE_POLICY_FILE is set: there is no policy to read anew");
      try {
        current = await readPolicy(file);
        log.info({ file }, "the policy was read anew; it holds for every step from now on");
      } catch (error) {
        log.error({ err: error, file }, "the policy was not changed: the one before it still holds");
      }
    },
  };
}

async function readPolicy(file: string): Promise<PermissionPolicy> {
  try {
    return parsePolicy(await readFile(file, "utf8"));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError("engine/config", `MILLRACE_POLICY_FILE: ${file} cannot be used: ${message}`, {
      cause,
    });
  }
}
