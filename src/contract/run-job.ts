import type { JobCounts, JobKind } from "./jobs.ts";

/** The contract between the engine, the workflow of a job and its activities. Types and constants only. */
export const RUN_JOB = "runJob";

export interface RunJobInput {
  organizationId: string;
  jobId: string;
  kind: JobKind;
  dryRun: boolean;
  /** Items that may be begun in a minute. */
  ratePerMinute: number;
}

export interface JobBatchInput {
  jobId: string;
  organizationId: string;
  /** Items to take at most. */
  limit: number;
}

/** Its first property is the line that a reader of the history sees. */
export interface JobBatchResult {
  summary: string;
  taken: number;
  /** Of those: met a conflict that may pass, and have their turn again. */
  returned: number;
  /** Nothing is left to be taken: all items have ended, or the job was cancelled. */
  isOver: boolean;
}

export interface EndJobInput {
  jobId: string;
  organizationId: string;
  state: "done" | "cancelled";
}

/** What `activities/jobs/create-job-activities.ts` returns; the workflow proxies it. */
export interface JobActivities {
  runJobBatch(input: JobBatchInput): Promise<JobBatchResult>;
  /** Writes the job's final state, once; says how it ended. */
  endJob(input: EndJobInput): Promise<{ summary: string; counts: JobCounts }>;
}
