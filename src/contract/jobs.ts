import type { FieldProblem } from "./errors.ts";

/**
 * Bulk work: a job of some kind does one thing to each of many items, durably. Jobs and items are rows of Postgres; the
 * workflow `runJob` takes the items in batches. Another kind is an entry here, its parameters, and a `JobItemHandler`
 * of the activities.
 *
 * job:  queued → running → done, or → cancelled from either
 * item: queued → changed | unchanged | refused | failed, or → skipped where the job is cancelled before it
 */
export const JOB_KINDS = ["upgrade-instances"] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATES = ["queued", "running", "done", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** `refused`: for a reason that somebody can mend, with its code. `failed`: for a fault of ours. */
export const JOB_ITEM_STATES = ["queued", "changed", "unchanged", "refused", "failed", "skipped"] as const;
export type JobItemState = (typeof JOB_ITEM_STATES)[number];

/** How many items of a job are in each state. */
export type JobCounts = Record<JobItemState | "total", number>;

export const NO_ITEMS: JobCounts = {
  total: 0,
  queued: 0,
  changed: 0,
  unchanged: 0,
  refused: 0,
  failed: 0,
  skipped: 0,
};

/** What to do about changes of an instance that were saved and not deployed. */
export const DRAFT_RULES = ["refuse", "deploy"] as const;

/** As kept with the job; `to latest` was resolved when it was made, so that all its items get the same version. */
export interface UpgradeInstancesParameters {
  integrationId: string;
  version: number;
  drafts: (typeof DRAFT_RULES)[number];
  /** As it was asked for: which instances those are was settled when the job was made. */
  filter: object;
}
export interface JobParameters {
  "upgrade-instances": UpgradeInstancesParameters;
}

/** What an upgrade would change, or has changed, in the instance's deployment: names only. */
export interface UpgradeChanges {
  config: { added: string[]; removed: string[]; changed: string[] };
  permissions: { gained: string[]; lost: string[] };
  flows: { added: string[]; removed: string[]; changed: string[] };
}

export interface UpgradeResult {
  fromVersion: number;
  toVersion: number;
  /** The new revision; null where there is none: a dry run, or nothing to change. */
  revision: number | null;
  revisionId: string | null;
  changes: UpgradeChanges | null;
}

/** How an item ended. */
export type JobItemOutcome =
  | { state: "changed" | "unchanged"; result: UpgradeResult }
  | { state: "refused" | "failed"; code: string; message: string; problems: readonly FieldProblem[] };

/** `job/<org>/<kind>/<job>`: the workflow id of a job. */
export function jobWorkflowIdOf(job: { organizationId: string; kind: JobKind; jobId: string }): string {
  return `job/${job.organizationId}/${job.kind}/${job.jobId}`;
}
