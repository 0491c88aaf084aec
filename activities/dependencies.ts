import type { Logger } from "pino";
import type { Clock } from "#contract/clock.ts";
import type { PermissionPolicy } from "#contract/effective-permissions.ts";
import type { ExecutionListener } from "#contract/execution-listener.ts";
import type { ReachPoint } from "#contract/kill-points.ts";
import type { ExecutionIdentity } from "#contract/primed-execution.ts";
import type { Sandbox } from "#contract/sandbox.ts";
import type { Db } from "#db/connect.ts";
import type { Scrub } from "#vault/create-scrubber.ts";

/** What the activities of a worker are made of. */
export interface ActivityDependencies {
  db: Db;
  sandbox: Sandbox;
  /** Of the secrets that an execution's steps may come to see: logs, errors and previews pass it. */
  scrubberOf(execution: ExecutionIdentity): Promise<Scrub>;
  /** The operator's, as it is now. */
  policy: () => PermissionPolicy;
  listener: ExecutionListener;
  logger: Pick<Logger, "info" | "warn" | "error">;
  now: Clock;
  reach: ReachPoint;
  /** Whether histories may hold up to 1 kB of a step's output and the messages of authors' errors. */
  previews: boolean;
}
