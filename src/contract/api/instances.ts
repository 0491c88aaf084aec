import { z } from "zod";
import { description, fieldProblemSchema, id, labels, name, pageQuery, timestamp } from "./fields.ts";

const configValues = z.record(z.string().max(63), z.union([z.string(), z.number(), z.boolean()]));

const edit = z
  .int()
  .min(1)
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
    latestVersion: z.int(),
    config: z.record(z.string(), z.unknown()).meta({ description: "The draft, saved and not yet deployed" }),
    configuration: z.enum(["incomplete", "complete"]),
    missing: z.array(fieldProblemSchema).meta({ description: "What deploying would ask for" }),
    deployedRevision: z.int().nullable(),
    activity: z.enum(["enabled", "paused"]),
    pausedAt: timestamp.nullable(),
    pauseReason: z.string().nullable(),
    edit: z.int().meta({ description: "Raised at each change" }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: "Instance" });
export type Instance = z.output<typeof instanceSchema>;

export const createInstanceBody = z.strictObject({
  customerId: id,
  integrationId: id,
  version: z.int().min(1).optional().meta({ description: "The latest where it is left out" }),
  name,
  description: description.default(""),
  labels: labels.default([]),
  config: configValues.default({}),
});

export const updateInstanceBody = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  labels: labels.optional(),
  version: z.int().min(1).optional().meta({ description: "Takes effect with the next deploy" }),
  edit,
});

export const configBody = z.strictObject({ values: configValues, edit });
export const deployBody = z.strictObject({ note: description.default(""), edit });
export const rollbackBody = z.strictObject({ revision: z.int().min(1), note: description.optional(), edit });
export const pauseBody = z.strictObject({ reason: z.string().trim().min(1).max(500).optional() });

export const instancesQuery = pageQuery.extend({
  search: z.string().min(1).max(200).optional().meta({ description: "Part of the name" }),
  name: z.string().min(1).max(200).optional().meta({ description: "The whole name" }),
  description: z.string().min(1).max(200).optional().meta({ description: "Part of the description" }),
  customer: id.optional(),
  integration: id.optional(),
  version: z.coerce.number().int().min(1).optional(),
  state: z.enum(["enabled", "paused", "deployed", "undeployed"]).optional(),
});

export const revisionSchema = z
  .object({
    id,
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
