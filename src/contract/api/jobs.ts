import { z } from "zod";
import { DRAFT_RULES, JOB_ITEM_STATES, JOB_KINDS, JOB_STATES } from "../jobs.ts";
import { LIMITS } from "../limits.ts";
import { description, fieldProblemSchema, id, label, pageQuery, timestamp } from "./fields.ts";
import { INSTANCE_STATES } from "./instances.ts";

/** Of Postgres' integer. */
const MAX_INTEGER = 2_147_483_647;

const count = z.int().min(0);
const countsSchema = z
  .object({
    total: count,
    queued: count.meta({ description: "Not begun" }),
    changed: count.meta({ description: "Done; in a dry run: would be" }),
    unchanged: count.meta({ description: "Had nothing to change" }),
    refused: count.meta({ description: "For a reason that somebody can mend: see its code and problems" }),
    failed: count.meta({ description: "For a fault of Millrace" }),
    skipped: count.meta({ description: "The job was cancelled before it" }),
  })
  .meta({ description: "Items by state" });

const ratePerMinute = z
  .int()
  .min(1)
  .max(LIMITS.jobItemsPerMinuteMax)
  .default(LIMITS.jobItemsPerMinute)
  .meta({ description: "Items that may be begun in a minute, so that live traffic does not suffer" });

/** All that is set must hold. */
const instanceFilter = z.strictObject({
  labels: z.array(label).min(1).max(10).optional().meta({ description: "It has all of these" }),
  customerId: id.optional(),
  version: z.int().min(1).max(MAX_INTEGER).optional().meta({ description: "It is set to this version now" }),
  states: z
    .array(z.enum(INSTANCE_STATES))
    .min(1)
    .max(10)
    .optional()
    .meta({ description: "It is all of these" }),
  instanceIds: z
    .array(id)
    .min(1)
    .max(LIMITS.jobInstanceIds)
    .optional()
    .meta({ description: "It is one of these; an unknown one refuses the job" }),
});

export const upgradeInstancesBody = z.strictObject({
  integrationId: id,
  to: z
    .union([z.literal("latest"), z.int().min(1).max(MAX_INTEGER)])
    .default("latest")
    .meta({ description: "A version's number, or the latest when the job is made" }),
  filter: instanceFilter.default({}),
  drafts: z.enum(DRAFT_RULES).default("refuse").meta({
    description:
      "Whether an instance with changes that were saved and not deployed is refused, or takes them too",
  }),
  dryRun: z
    .boolean()
    .default(false)
    .meta({ description: "Changes nothing and tells what would become of each instance" }),
  ratePerMinute,
  note: description.default("").meta({ description: "Of the job, and of each revision that it makes" }),
});
export type UpgradeInstancesBody = z.output<typeof upgradeInstancesBody>;

export const jobSchema = z
  .object({
    id,
    kind: z.enum(JOB_KINDS),
    state: z.enum(JOB_STATES),
    dryRun: z.boolean(),
    parameters: z.looseObject({}).meta({ description: "As the job was made; `to` resolved to a version" }),
    ratePerMinute: z.int(),
    note: z.string(),
    counts: countsSchema,
    createdBy: id.nullable(),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    temporalUiUrl: z.string().nullable(),
  })
  .meta({ id: "Job" });
export type Job = z.output<typeof jobSchema>;

const names = z.array(z.string());
const keyed = z.object({ added: names, removed: names, changed: names });
const upgradeResultSchema = z.object({
  fromVersion: z.int(),
  toVersion: z.int(),
  revision: z.int().nullable().meta({ description: "null: a dry run, or nothing to change" }),
  revisionId: id.nullable(),
  changes: z
    .object({ config: keyed, permissions: z.object({ gained: names, lost: names }), flows: keyed })
    .nullable()
    .meta({
      description: "What differs from the revision before it, by name; see /instances/{id}/diff for more",
    }),
});

export const jobItemSchema = z
  .object({
    subjectId: id.meta({ description: "What the job does it to: of an upgrade the instance" }),
    instanceId: id,
    instanceName: z.string(),
    customerName: z.string(),
    state: z.enum(JOB_ITEM_STATES),
    result: upgradeResultSchema.nullable(),
    code: z.string().nullable().meta({ description: "Why it was refused or failed (docs/errors.md)" }),
    message: z.string().nullable(),
    problems: z.array(fieldProblemSchema).meta({ description: "Missing values, permissions to approve" }),
    finishedAt: timestamp.nullable(),
  })
  .meta({ id: "JobItem" });
export type JobItem = z.output<typeof jobItemSchema>;

export const jobsQuery = pageQuery.extend({
  kind: z.enum(JOB_KINDS).optional(),
  state: z.enum(JOB_STATES).optional(),
});
export const jobItemsQuery = pageQuery.extend({ state: z.enum(JOB_ITEM_STATES).optional() });
