import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { id, pageQuery, timestamp } from "./fields.ts";

export const integrationSchema = z
  .object({
    id,
    key: z.string(),
    name: z.string(),
    description: z.string(),
    latestVersion: z.int(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: "Integration" });
export type Integration = z.output<typeof integrationSchema>;

export const integrationsQuery = pageQuery.extend({
  search: z.string().min(1).max(200).optional().meta({ description: "Part of the name or key" }),
  key: z.string().min(1).max(200).optional().meta({ description: "The whole key" }),
});

export const versionSchema = z
  .object({
    id,
    integrationId: id,
    number: z.int(),
    bundleSha256: z.string(),
    note: z.string(),
    commit: z.string().nullable(),
    publishedBy: id.nullable(),
    createdAt: timestamp,
    definition: z.looseObject({}).meta({ description: "As the bundle declares it, defaults filled in" }),
  })
  .meta({ id: "Version" });
export type Version = z.output<typeof versionSchema>;

export const versionParams = z.strictObject({ id, number: z.coerce.number().int().min(1) });

export const publishBody = z.strictObject({
  bundle: z.string().min(1).max(LIMITS.bundleBytes).meta({ description: "The bundled module's source" }),
  sourceMap: z.string().max(LIMITS.sourceMapCharacters).optional(),
  note: z.string().max(LIMITS.descriptionCharacters).default(""),
  commit: z.string().min(1).max(100).optional(),
});

export const publishedSchema = z
  .object({
    created: z.boolean().meta({ description: "false: this very bundle is a version already" }),
    integration: integrationSchema,
    version: versionSchema,
  })
  .meta({ id: "Published" });
export type Published = z.output<typeof publishedSchema>;
