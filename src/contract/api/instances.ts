import { z } from "zod";
import { ATTENTION_FILTERS, ATTENTION_REASONS } from "../attention.ts";
import { describeIssue } from "../describe-issue.ts";
import type { JsonObject } from "../json.ts";
import { unreadableRules } from "../permission-problems.ts";
import { permissionManifestSchema } from "../permissions.ts";
import { EXECUTION_STATES } from "../states.ts";
import {
  description,
  editNumber,
  fieldProblemSchema,
  id,
  label,
  labels,
  name,
  pageQuery,
  searchText,
  storable,
  timestamp,
} from "./fields.ts";

const configValues = z.record(z.string(), z.unknown());

/** By variable. Each value is checked by its variable's declaration, which names all that is wrong at once. */
const givenConfigValues = z
  .record(storable.max(63), z.unknown())
  .transform((values) => values as JsonObject) // the body was JSON
  .meta({ description: "As `GET /integrations/{id}/versions/{number}/config-schema` describes them" });

/** Of Postgres' integer. */
const MAX_INTEGER = 2_147_483_647;
const edit = z
  .int()
  .min(1)
  .max(MAX_INTEGER)
  .optional()
  .meta({ description: "The instance's `edit` that this change was made from: 409 where it has moved on" });

export const instanceSchema = z
  .object({
    id,
    name: z.string(),
    description: z.string(),
    labels: z.array(z.string()),
    customerId: id,
    customerName: z.string(),
    integrationId: id,
    integrationKey: z.string(),
    versionId: id,
    version: z.int(),
    versionWithdrawn: z.boolean(),
    latestVersion: z.int().meta({ description: "That is not withdrawn; 0 where none is left" }),
    config: configValues.meta({ description: "The draft, saved and not yet deployed" }),
    attention: z
      .array(z.enum(ATTENTION_REASONS))
      .meta({ description: "Why a person should look at it; empty where nothing calls for that" }),
    configuration: z.enum(["incomplete", "complete"]),
    missing: z.array(fieldProblemSchema).meta({ description: "What deploying would ask for" }),
    deployedRevision: z.int().nullable(),
    activity: z.enum(["enabled", "paused"]),
    pausedAt: timestamp.nullable(),
    pausedBy: id.nullable(),
    pauseReason: z.string().nullable(),
    deletingAt: timestamp.nullable().meta({ description: "Its deletion is under way: it takes no change" }),
    lastRun: z
      .object({ executionId: id, state: z.enum(EXECUTION_STATES), receivedAt: timestamp })
      .nullable()
      .meta({ description: "The execution that came last" }),
    deployRuns: z
      .array(
        z.object({
          flowKey: z.string(),
          executionId: id,
          state: z.enum(EXECUTION_STATES).nullable().meta({ description: "null: retention has taken it" }),
          error: z.object({ code: z.string(), message: z.string() }).nullable(),
        }),
      )
      .meta({ description: "What the flows that run at a deploy made of the last one" }),
    edit: editNumber,
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: "Instance" });
export type Instance = z.output<typeof instanceSchema>;

export const createInstanceBody = z.strictObject({
  customerId: id,
  integrationId: id,
  version: z
    .int()
    .min(1)
    .max(MAX_INTEGER)
    .optional()
    .meta({ description: "The latest where it is left out" }),
  name,
  description: description.default(""),
  labels: labels.default([]),
  config: givenConfigValues.default({}),
});

export const updateInstanceBody = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  labels: labels.optional(),
  version: z
    .int()
    .min(1)
    .max(MAX_INTEGER)
    .optional()
    .meta({ description: "Takes effect with the next deploy" }),
  edit,
});

export const configBody = z.strictObject({ values: givenConfigValues, edit });
const grants = z
  .record(z.string(), z.unknown())
  .transform((value, context) => {
    const parsed = permissionManifestSchema.safeParse(value);
    if (!parsed.success) {
      for (const issue of parsed.error.issues)
        context.addIssue({ code: "custom", path: issue.path, message: describeIssue(issue, value) });
      return z.NEVER;
    }
    for (const { path, message } of unreadableRules(parsed.data, ""))
      context.addIssue({ code: "custom", path: path.match(/\w+/g) ?? [], message });
    return parsed.data;
  })
  .optional()
  .meta({
    description: "Permissions, where the instance gets less than its version asks for; as in a manifest",
  });
export const deployBody = z.strictObject({ grants, note: description.default(""), edit });
export const rollbackBody = z.strictObject({
  revision: z.int().min(1).max(MAX_INTEGER),
  note: description.optional(),
  edit,
});
export const upgradeBody = z.strictObject({
  version: z
    .int()
    .min(1)
    .max(MAX_INTEGER)
    .optional()
    .meta({ description: "The latest where it is left out" }),
  values: givenConfigValues
    .default({})
    .meta({ description: "Set beside those that are saved; what the version has no use for is left behind" }),
  note: description.optional(),
  edit,
});
export const pauseBody = z.strictObject({ reason: storable.trim().min(1).max(500).optional() });

/** What a list of instances can be narrowed to; `outdated` and `withdrawn` speak of their versions. */
export const INSTANCE_STATES = [
  "enabled",
  "paused",
  "deployed",
  "undeployed",
  "outdated",
  "withdrawn",
  "deleting",
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

export const instancesQuery = pageQuery.extend({
  search: searchText.optional().meta({ description: "Part of the name" }),
  name: searchText.optional().meta({ description: "The whole name" }),
  description: searchText.optional().meta({ description: "Part of the description" }),
  label: label.optional().meta({ description: "One of its labels" }),
  customer: id.optional(),
  integration: id.optional(),
  version: z.coerce.number().int().min(1).max(MAX_INTEGER).optional(),
  state: z.enum(INSTANCE_STATES).optional(),
  attention: z
    .enum(ATTENTION_FILTERS)
    .optional()
    .meta({ description: "Those that a person should look at: for any reason, or for this one" }),
});

export const deleteInstanceQuery = z.strictObject({
  confirm: z.string().meta({ description: "The instance's name, to show that it is meant" }),
});

export const revisionsQuery = pageQuery.extend({
  drafts: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .meta({ description: "Those that tests of the draft have made, instead of those that were deployed" }),
});

export const revisionSchema = z
  .object({
    id,
    draft: z.boolean().meta({ description: "Of a draft at a test: numbered apart, and never deployed" }),
    number: z.int(),
    version: z.int(),
    versionId: id,
    config: z.record(z.string(), z.unknown()),
    grants: z.looseObject({}).meta({ description: "Permissions granted to the instance" }),
    note: z.string(),
    current: z.boolean(),
    createdBy: id.nullable(),
    createdAt: timestamp,
  })
  .meta({ id: "Revision" });
export type Revision = z.output<typeof revisionSchema>;
