import { EngineError } from "#contract/errors.ts";
import type { VersionRow } from "#db/versions.ts";

/** What was withdrawn is given to no instance that does not have it. @throws EngineError `request/conflict` */
export function assertNotWithdrawn(version: VersionRow, field: string): void {
  if (version.withdrawnAt === null) return;
  throw new EngineError(
    "request/conflict",
    `Version ${version.number} of integration ${version.integrationId} was withdrawn (${version.withdrawnReason ?? "no reason was given"}); choose another one, or restore it`,
    { field },
  );
}
