import { z } from "zod";
import { configChoiceSchema } from "./config-functions.ts";
import { definitionSchema } from "./definition.ts";
import { isId } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import { permissionManifestSchema } from "./permissions.ts";
import { EXECUTION_STATES } from "./states.ts";

/**
 * What the api asks of a worker, by a row of the table `requests`: the api holds no Temporal client and runs no
 * customer code. A state change and its request commit together.
 */
const id = z.string().refine(isId, "must be an id");

/** An author's function of a config variable, and under what it runs. */
const configCall = {
  /** Left out where it is being made. Its deletion removes the request too. */
  instanceId: id.optional(),
  versionId: id,
  customerId: id,
  /** The values so far, defaults filled in; what has none is left out. */
  config: z.record(z.string(), z.unknown()).transform((values) => values as JsonObject), // the row's input is JSON
  /** What the instance was granted. */
  grants: permissionManifestSchema,
};

export const REQUESTS = {
  /** Reads a stored bundle's definition in a sandbox, twice; the bundle must be in `bundles` already. */
  "evaluate-definition": {
    input: z.strictObject({
      bundleSha256: z.string().regex(/^[0-9a-f]{64}$/),
      /** Set where the integration exists already: its cells then serve the evaluation. */
      integrationId: id.optional(),
    }),
    result: z.strictObject({ definition: definitionSchema }),
  },
  /** The choices of a config variable, as the author's function fetches them. */
  "fetch-config-options": {
    input: z.strictObject({ ...configCall, variable: z.string() }),
    result: z.strictObject({ choices: z.array(configChoiceSchema) }),
  },
  /** What the authors' checks of these variables say of their values; of those that they take, nothing. */
  "check-config": {
    input: z.strictObject({ ...configCall, variables: z.array(z.string()).min(1) }),
    result: z.strictObject({
      refused: z.array(z.strictObject({ variable: z.string(), message: z.string() })),
    }),
  },
  /** Stops an execution that has a workflow. One that has none is cancelled by the api (`cancelQueued`). */
  "cancel-execution": {
    input: z.strictObject({ executionId: id, reason: z.string().max(500) }),
    result: z.strictObject({ outcome: z.enum(["asked", "already-ended"]) }),
  },
  /** Wakes an execution that waits for its next try. */
  "retry-now": {
    input: z.strictObject({ executionId: id }),
    result: z.strictObject({ outcome: z.enum(["woken", "already-ended"]) }),
  },
  /** Starts the workflow of a bulk job, where none runs. */
  "run-job": {
    input: z.strictObject({ jobId: id }),
    result: z.strictObject({ outcome: z.enum(["started", "already-running", "already-ended"]) }),
  },
  /** Stops what an instance runs, then removes all that is stored of it. Goes on over several claims. */
  "delete-instance": {
    input: z.strictObject({ instanceId: id }),
    result: z.strictObject({
      executions: z.int(),
      deletionFlows: z.array(z.strictObject({ flowKey: z.string(), state: z.enum(EXECUTION_STATES) })),
    }),
  },
  /** Deletes the instances of a customer, each by a request of its own, then the customer. Goes on over several claims. */
  "delete-customer": {
    input: z.strictObject({ customerId: id }),
    result: z.strictObject({ customerId: id }),
  },
} as const satisfies Record<string, { input: z.ZodType; result: z.ZodType }>;

export type RequestKind = keyof typeof REQUESTS;
export type RequestInput<Kind extends RequestKind> = z.output<(typeof REQUESTS)[Kind]["input"]>;
export type RequestResult<Kind extends RequestKind> = z.output<(typeof REQUESTS)[Kind]["result"]>;

/** Wait for what others' servers answer: they get places of their own, so that nothing else waits behind them. */
export const WAITING_KINDS: readonly RequestKind[] = ["fetch-config-options", "check-config"];

export function isRequestKind(value: string): value is RequestKind {
  return Object.hasOwn(REQUESTS, value);
}

/** As kept in the row's column `error`; the api makes its problem document from it. */
export interface RequestError {
  code: string;
  message: string;
  field?: string;
}
