import { startedExecutionSchema } from "#contract/api/executions.ts";
import { type TestFlowBody, testFlowBody } from "#contract/api/flows.ts";
import { idParams } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { findFlow, type FlowRow } from "#db/flows.ts";
import { insertExecution } from "#db/insert-execution.ts";
import type { Payload } from "#db/payloads.ts";
import { maskHeaders } from "#vault/mask-headers.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { flowNotFound } from "../not-found.ts";

const test = defineRoute({
  method: "post",
  path: "/flows/{id}/test",
  summary: "Run a flow with a made-up webhook: not verified, not de-duplicated, marked as a test",
  request: { params: idParams, body: jsonBody(testFlowBody) },
  responses: { 202: json(startedExecutionSchema, "The execution, queued") },
});

/** A test runs what is deployed, also while the instance is paused: it is how a person finds out whether to unpause. */
export function testFlowRoutes({ db, hints }: Pick<ApiParts, "db" | "hints">): RouteModule {
  return (api) => {
    api.openapi(test, async (context) => {
      const { id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      const flow = await findFlow(db, organizationId, id);
      if (flow === undefined) throw flowNotFound(id);
      const { revisionId, versionId } = runnable(flow);
      const payload = toPayload(context.req.valid("json"));
      const { executionId, shard } = await db.transaction().execute((transaction) =>
        insertExecution(transaction, {
          organizationId,
          customerId: flow.customerId,
          instanceId: flow.instanceId,
          integrationId: flow.integrationId,
          versionId,
          revisionId,
          flowId: flow.id,
          flowKey: flow.key,
          trigger: "test",
          isTest: true,
          payload,
        }),
      );
      hints.send("millrace_queue", String(shard));
      return context.json({ executionId, revisionId, keptSteps: [] }, 202);
    });
  };
}

function runnable(flow: FlowRow): { revisionId: string; versionId: string } {
  const { revisionId, versionId, removedAt } = flow;
  if (removedAt !== null || revisionId === null || versionId === null) {
    throw new EngineError(
      "request/conflict",
      `Flow ${flow.id} is not deployed; POST /api/v1/instances/${flow.instanceId}/deploy a version that has it`,
    );
  }
  return { revisionId, versionId };
}

function toPayload(request: TestFlowBody): Payload {
  const body = Buffer.from(request.body, request.encoding);
  if (body.length > LIMITS.payloadBytes) {
    throw new EngineError(
      "request/payload-too-large",
      `The test's body has ${body.length} bytes, a webhook's has at most ${LIMITS.payloadBytes}`,
      { field: "/body" },
    );
  }
  const given = Object.entries(request.headers);
  const headers: [string, string][] = given.some(([name]) => name.toLowerCase() === "content-type")
    ? given
    : [["content-type", request.contentType], ...given];
  const { method, path, query } = request;
  return { method, path, query, headers: maskHeaders(headers), body };
}
