import { isUtf8 } from "node:buffer";
import {
  executionDetailSchema,
  executionSchema,
  executionsQuery,
  payloadSchema,
  stepSchema,
} from "#contract/api/executions.ts";
import { listOf } from "#contract/api/flows.ts";
import { idParams, pageOf } from "#contract/api/fields.ts";
import type { FlowDefinition } from "#contract/definition.ts";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import { listFlowCalls } from "#db/flow-calls.ts";
import { type ExecutionRow, findExecution, listExecutions, listReplaysOf } from "#db/list-executions.ts";
import { listStepAttempts } from "#db/list-steps.ts";
import { findPayload } from "#db/payloads.ts";
import { findRevisionNumber } from "#db/revisions.ts";
import { findVersion } from "#db/versions.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json } from "../define-route.ts";
import { toExecution, toExecutionDetail } from "../execution-answer.ts";
import { orNotFound } from "../not-found.ts";
import { SHOWN_OUTPUT_CHARACTERS, toSteps } from "../step-answer.ts";

const list = defineRoute({
  method: "get",
  path: "/executions",
  summary: "List executions, newest first",
  request: { query: executionsQuery },
  responses: { 200: json(pageOf(executionSchema), "A page") },
});
const get = defineRoute({
  method: "get",
  path: "/executions/{id}",
  summary: "Get an execution with its timings and its place in Temporal",
  request: { params: idParams },
  responses: { 200: json(executionDetailSchema, "The execution") },
});
const steps = defineRoute({
  method: "get",
  path: "/executions/{id}/steps",
  summary: "List an execution's steps with each attempt and the last output",
  request: { params: idParams },
  responses: { 200: json(listOf(stepSchema), "In the order of the flow") },
});
const payload = defineRoute({
  method: "get",
  path: "/executions/{id}/payload",
  summary: "Get what the execution was given",
  request: { params: idParams },
  responses: { 200: json(payloadSchema, "The payload") },
});

export function executionsRoutes({ db, links }: Pick<ApiParts, "db" | "links">): RouteModule {
  return (api) => {
    api.openapi(list, async (context) => {
      const { state: states, from, to, ...filter } = context.req.valid("query");
      const { items, nextCursor } = await listExecutions(db, context.var.actor.organizationId, {
        ...filter,
        states,
        fromMs: from === undefined ? undefined : Date.parse(from),
        toMs: to === undefined ? undefined : Date.parse(to),
      });
      return context.json({ items: items.map(toExecution), nextCursor }, 200);
    });
    api.openapi(get, async (context) => {
      const { id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      const row = orNotFound(await findExecution(db, organizationId, id), "execution", id);
      const [flow, revision, replays, calls] = await Promise.all([
        findFlowDefinition(db, organizationId, row),
        findRevisionNumber(db, row.revisionId),
        listReplaysOf(db, id),
        listFlowCalls(db, id),
      ]);
      const maxAttempts = flow?.retry.maxAttempts ?? 1;
      const more = { organizationId, revision, maxAttempts, replays, calls, links };
      return context.json(toExecutionDetail(row, more), 200);
    });
    api.openapi(steps, async (context) => {
      const { id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      const row = orNotFound(await findExecution(db, organizationId, id), "execution", id);
      const flow = await findFlowDefinition(db, organizationId, row);
      const rows = await listStepAttempts(db, id, { outputCharacters: SHOWN_OUTPUT_CHARACTERS });
      return context.json({ items: flow === undefined ? [] : toSteps(flow, rows) }, 200);
    });
    addPayload(api, db);
  };
}

function addPayload(api: Parameters<RouteModule>[0], db: Db): void {
  api.openapi(payload, async (context) => {
    const { id } = context.req.valid("param");
    orNotFound(await findExecution(db, context.var.actor.organizationId, id), "execution", id);
    const found = await findPayload(db, id);
    if (found === undefined) throw payloadExpired(id);
    const { body, ...rest } = found;
    const encoding = isUtf8(body) ? "utf8" : "base64";
    return context.json({ ...rest, bodyBytes: body.length, encoding, body: body.toString(encoding) }, 200);
  });
}

export function payloadExpired(id: string): EngineError {
  return new EngineError(
    "request/payload-expired",
    `The payload of execution ${id} is older than the retention and no longer kept; ask the sender to send it again`,
  );
}

/** The flow as the execution's own version has it. */
export async function findFlowDefinition(
  db: Db,
  organizationId: string,
  execution: Pick<ExecutionRow, "versionId" | "flowKey">,
): Promise<FlowDefinition | undefined> {
  const version = await findVersion(db, organizationId, execution.versionId);
  return version?.definition.flows.find((flow) => flow.key === execution.flowKey);
}
