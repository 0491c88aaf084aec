import { z } from "zod";
import { AUDIENCES } from "../config-schema.ts";
import { LIMITS } from "../limits.ts";
import { editNumber, id, idParams, pageQuery, searchText, storable, timestamp } from "./fields.ts";
import { wideningSchema } from "./widening.ts";

export const integrationSchema = z
  .object({
    id,
    key: z.string(),
    name: z.string(),
    description: z.string(),
    category: z.string(),
    icon: z.string().meta({ description: "An https or data URL, or empty" }),
    documentation: z.string().meta({ description: "Markdown" }),
    latestVersion: z.int().meta({ description: "That is not withdrawn; 0 where none is left" }),
    edit: editNumber,
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: "Integration" });
export type Integration = z.output<typeof integrationSchema>;

export const integrationsQuery = pageQuery.extend({
  search: searchText.optional().meta({ description: "Part of the name, key or description" }),
  key: searchText.optional().meta({ description: "The whole key" }),
  category: searchText.optional().meta({ description: "The whole category" }),
});

/** Name and description come with each published version; these are kept beside it. */
export const updateIntegrationBody = z.strictObject({
  category: storable.trim().max(100).optional(),
  icon: storable
    .max(50_000)
    .regex(
      /^(https:\/\/[^\s"'<>]+|data:image\/(png|svg\+xml|webp);base64,[A-Za-z0-9+/=]+)?$/,
      "must be an https URL, a data URL of a picture, or empty",
    )
    .optional(),
  documentation: storable.max(100_000).optional(),
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
    withdrawn: z
      .object({ at: timestamp, by: id.nullable(), reason: z.string() })
      .nullable()
      .meta({ description: "No instance takes it any more; those that run it keep it" }),
    widens: z
      .array(wideningSchema)
      .meta({ description: "What it allows beyond the version before it; nothing for the first" }),
    definition: z.looseObject({}).meta({ description: "As the bundle declares it, defaults filled in" }),
  })
  .meta({ id: "Version" });
export type Version = z.output<typeof versionSchema>;

export const configSchemaSchema = z.looseObject({}).meta({
  id: "ConfigSchema",
  description: "JSON Schema 2020-12 of the config values, with hints for a form under `x-millrace`",
});

export const configSchemaQuery = z.strictObject({
  audience: z
    .enum(AUDIENCES)
    .default("organization")
    .meta({ description: "`customer` leaves out what is hidden from the customer's own people" }),
});

export const versionParams = idParams.extend({ number: z.coerce.number().int().min(1).max(2_147_483_647) });
export const withdrawBody = z.strictObject({ reason: storable.trim().min(1).max(500) });

export const publishBody = z.strictObject({
  bundle: storable.min(1).max(LIMITS.bundleBytes).meta({ description: "The bundled module's source" }),
  sourceMap: storable.max(LIMITS.sourceMapCharacters).optional(),
  note: storable.max(LIMITS.descriptionCharacters).default(""),
  commit: storable.min(1).max(100).optional(),
});

export const publishedSchema = z
  .object({
    created: z.boolean().meta({ description: "false: this very bundle is a version already" }),
    integration: integrationSchema,
    version: versionSchema,
  })
  .meta({ id: "Published" });
export type Published = z.output<typeof publishedSchema>;
