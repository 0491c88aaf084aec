import { z } from "zod";
import { configVariableSchema } from "./config-variable.ts";
import { LIMITS } from "./limits.ts";
import { permissionManifestSchema } from "./permissions.ts";
import { triggerSchema } from "./trigger.ts";

/**
 * The definition of an integration as its bundle declares it: data only, read in a sandbox at publish and parsed
 * here. The functions stay in the bundle; `sdk` makes both from one `defineIntegration`.
 */
export const KEY = /^[a-z][a-z0-9-]{0,62}$/;
const key = z
  .string()
  .regex(KEY, "must be lower-case letters, digits and hyphens, begin with a letter, at most 63");
const name = z.string().min(1).max(LIMITS.nameCharacters);
const identifier = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/, "must be an identifier of at most 63 characters");

export const retrySchema = z.strictObject({
  maxAttempts: z.int().min(1).max(LIMITS.retryAttempts).default(1),
  delayMs: z.int().min(0).max(LIMITS.retryDelayMaxMs).default(1_000),
  backoff: z.enum(["fixed", "exponential"]).default("exponential"),
  maxDelayMs: z.int().min(0).max(LIMITS.retryDelayMaxMs).default(3_600_000),
});

export const flowRetrySchema = retrySchema.extend({
  from: z.enum(["failed-step", "start"]).default("failed-step"),
});

const connectionBase = {
  label: name,
  help: z.string().max(LIMITS.descriptionCharacters).optional(),
  /** Rules as in `permissions.net`, which must allow them: the secret is sent nowhere else. */
  hosts: z.array(z.string().min(1).max(300)).min(1).max(50),
};
const httpsUrl = z.url({ protocol: /^https$/, error: "must be an https URL" }).max(2_000);

export const connectionSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("api-key"),
    ...connectionBase,
    header: z.string().min(1).max(200).default("Authorization"),
    prefix: z.string().max(50).default(""),
  }),
  /** User name and password, sent as RFC 7617 says. */
  z.strictObject({ type: z.literal("basic"), ...connectionBase }),
  z.strictObject({
    type: z.literal("oauth2"),
    ...connectionBase,
    grant: z.enum(["authorization-code", "client-credentials"]).default("authorization-code"),
    /** Only with `authorization-code`. */
    authorizeUrl: httpsUrl.optional(),
    tokenUrl: httpsUrl,
    scopes: z.array(z.string().min(1).max(300)).max(100).default([]),
    /** Set unless the server knows nothing of RFC 7636. */
    pkce: z.boolean().default(true),
  }),
]);

export const stepSchema = z.strictObject({
  type: z.literal("step"),
  key: identifier,
  name: name.optional(),
  timeoutMs: z.int().min(100).max(LIMITS.stepTimeoutMaxMs).default(LIMITS.stepTimeoutMs),
  retry: retrySchema.prefault({}),
  /** Only narrower than the version's; what it leaves out the step does not have. Left out: the version's. */
  permissions: permissionManifestSchema.optional(),
});

export const flowSchema = z.strictObject({
  key,
  name: name.optional(),
  description: z.string().max(LIMITS.descriptionCharacters).optional(),
  trigger: triggerSchema,
  retry: flowRetrySchema.prefault({}),
  steps: z.array(stepSchema).min(1).max(LIMITS.stepsPerFlow),
});

export const definitionSchema = z.strictObject({
  format: z.literal(1),
  key,
  name,
  description: z.string().max(LIMITS.descriptionCharacters).optional(),
  config: z.record(identifier, configVariableSchema).default({}),
  connections: z.record(identifier, connectionSchema).default({}),
  permissions: permissionManifestSchema.prefault({}),
  isolation: z.enum(["integration", "customer"]).default("integration"),
  flows: z.array(flowSchema).min(1).max(LIMITS.flowsPerIntegration),
});

/** As the bundle declares it. */
export type DefinitionInput = z.input<typeof definitionSchema>;
/** As the engine keeps it, defaults filled in. */
export type Definition = z.output<typeof definitionSchema>;
export type FlowDefinition = z.output<typeof flowSchema>;
