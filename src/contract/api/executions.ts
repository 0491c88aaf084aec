import { z } from "zod";
import { SEVERITIES } from "../logs.ts";
import { EXECUTION_STATES, type ExecutionState, TRIGGER_KINDS } from "../states.ts";
import { id, pageQuery, searchText, timestamp } from "./fields.ts";

const failureSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    path: z.string().optional(),
    name: z.string().optional(),
    stack: z.string().optional(),
  })
  .meta({ id: "Failure" });

export const executionSchema = z
  .object({
    id,
    state: z.enum(EXECUTION_STATES),
    trigger: z.enum(TRIGGER_KINDS),
    isTest: z.boolean(),
    customerId: id,
    customerName: z.string().nullable(),
    instanceId: id,
    instanceName: z.string().nullable(),
    integrationId: id,
    integrationKey: z.string().nullable(),
    version: z.int().nullable(),
    revisionId: id,
    flowId: id,
    flowKey: z.string(),
    attempt: z.int().meta({ description: "The flow's attempt, from 1" }),
    generation: z.int().meta({ description: "1, and one more for each reset in Temporal" }),
    waiting: z.object({ reason: z.string(), detail: z.string(), until: timestamp.nullable() }).nullable(),
    error: failureSchema.nullable(),
    replayOf: id.nullable(),
    resumeOf: id.nullable(),
    calledBy: id.nullable().meta({ description: "The execution of which a step started this one" }),
    receivedAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    durationMs: z.number().nullable().meta({ description: "From receipt to the final state" }),
  })
  .meta({ id: "Execution" });
export type Execution = z.output<typeof executionSchema>;

export const executionDetailSchema = executionSchema
  .extend({
    maxAttempts: z.int(),
    revision: z.int().nullable(),
    draft: z.boolean().meta({ description: "The revision is one of a draft: never deployed" }),
    replays: z.array(id).meta({ description: "Executions that ran this one again, oldest first" }),
    calls: z
      .array(
        z.object({
          path: z.string().meta({ description: "Of the step that called" }),
          key: z.string(),
          flowKey: z.string(),
          executionId: id,
          state: z.enum(EXECUTION_STATES).nullable().meta({ description: "null: retention has taken it" }),
        }),
      )
      .meta({ description: "Executions that its steps started, in their order" }),
    timings: z.object({
      queuedMs: z.number().nullable().meta({ description: "From receipt to the start of the workflow" }),
      runningMs: z.number().nullable().meta({ description: "From then to the final state" }),
    }),
    temporal: z.object({ namespace: z.string(), workflowId: z.string(), runId: z.string().nullable() }),
    temporalUiUrl: z.string().nullable(),
    consoleUrl: z.string(),
  })
  .meta({ id: "ExecutionDetail" });
export type ExecutionDetail = z.output<typeof executionDetailSchema>;

const ANY_STATE = EXECUTION_STATES.join("|");
const SOME_STATES = new RegExp(`^(${ANY_STATE})(,(${ANY_STATE}))*$`);

function isExecutionState(value: string): value is ExecutionState {
  return (EXECUTION_STATES as readonly string[]).includes(value);
}

export const executionsQuery = pageQuery.extend({
  instance: id.optional(),
  customer: id.optional(),
  integration: id.optional(),
  flow: searchText.optional().meta({ description: "A flow's id or key" }),
  state: z
    .string()
    .regex(SOME_STATES, `must be one or several of ${EXECUTION_STATES.join(", ")}, separated by commas`)
    .optional()
    .transform((value) => value?.split(",").filter(isExecutionState))
    .meta({ description: "One state, or several separated by commas" }),
  version: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  from: timestamp.optional().meta({ description: "Received at or after" }),
  to: timestamp.optional().meta({ description: "Received before" }),
  text: searchText.optional().meta({ description: "Part of the error's message, or a whole execution id" }),
});

export const stepAttemptSchema = z
  .object({
    generation: z.int(),
    attempt: z.int().meta({ description: "The flow's attempt" }),
    stepAttempt: z.int(),
    outcome: z.string(),
    startedAt: timestamp,
    waitMs: z.number(),
    runMs: z.number(),
    cpuMs: z.number(),
    peakHeapMb: z.number().nullable(),
    fetches: z.looseObject({}).nullable(),
    accesses: z.looseObject({}).nullable(),
    logsDropped: z.int(),
    error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: "StepAttempt" });

export const stepSchema = z
  .object({
    path: z.string(),
    name: z.string(),
    state: z.enum(["pending", "succeeded", "kept", "failed"]),
    output: z.unknown().optional().meta({ description: "Left out above the size that is shown" }),
    outputCharacters: z.int(),
    attempts: z.array(stepAttemptSchema),
  })
  .meta({ id: "Step" });
export type Step = z.output<typeof stepSchema>;

export const logLineSchema = z
  .object({
    at: timestamp,
    severity: z.enum(SEVERITIES),
    path: z.string(),
    attempt: z.int(),
    stepAttempt: z.int(),
    line: z.int(),
    message: z.string(),
  })
  .meta({ id: "LogLine" });
export type LogLine = z.output<typeof logLineSchema>;

export const logsQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,2000}$/, "must be the nextCursor of an earlier answer")
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  severity: z.enum(SEVERITIES).optional().meta({ description: "This and above" }),
  text: searchText.optional(),
});

/** Oldest first; `nextCursor` stays, so that a follower asks again with it. */
export const logsPageSchema = z.object({ items: z.array(logLineSchema), nextCursor: z.string().nullable() });
export type LogsPage = z.output<typeof logsPageSchema>;

export const payloadSchema = z
  .object({
    method: z.string(),
    path: z.string(),
    query: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])).meta({ description: "Secrets masked" }),
    bodyBytes: z.int(),
    encoding: z.enum(["utf8", "base64"]),
    body: z.string(),
  })
  .meta({ id: "Payload" });

const revisionChoice = z.enum(["current", "original"]);

export const replayBody = z.strictObject({
  revision: revisionChoice
    .default("current")
    .meta({ description: "The instance's deployed revision, or the one that the execution ran" }),
});
export const resumeBody = z.strictObject({
  revision: revisionChoice
    .default("original")
    .meta({ description: "Kept results fit the original; choose current after deploying a corrected step" }),
});

export const startedExecutionSchema = z
  .object({ executionId: id, revisionId: id, keptSteps: z.array(z.string()) })
  .meta({ id: "StartedExecution" });
export type StartedExecution = z.output<typeof startedExecutionSchema>;

export const acceptedSchema = z
  .object({ requestId: id.nullable().meta({ description: "null: it was done at once" }) })
  .meta({ id: "Accepted" });
