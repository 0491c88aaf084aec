import { startedExecutionSchema } from "#contract/api/executions.ts";
import { flowKeyParams, type TestFlowBody, testFlowBody } from "#contract/api/flows.ts";
import { idParams } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { Db } from "#db/connect.ts";
import { findFlow, findFlowId, type FlowRow } from "#db/flows.ts";
import { insertExecution, type NewExecution } from "#db/insert-execution.ts";
import { findInstance, type InstanceRow } from "#db/instances.ts";
import type { Payload } from "#db/payloads.ts";
import { changeInstance } from "#deploy/change-instance.ts";
import { takeDraftRevision } from "#deploy/draft-revision.ts";
import { maskHeaders } from "#vault/mask-headers.ts";
import type { ApiParts } from "../api-parts.ts";
import type { Actor } from "../auth/actor.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { flowNotFound, orNotFound } from "../not-found.ts";

const SUMMARY = "Run a flow with a made-up webhook: not verified, not de-duplicated, marked as a test";
const responses = { 202: json(startedExecutionSchema, "The execution, queued") };

const test = defineRoute({
  method: "post",
  path: "/flows/{id}/test",
  summary: SUMMARY,
  request: { params: idParams, body: jsonBody(testFlowBody) },
  responses,
});
const testByKey = defineRoute({
  method: "post",
  path: "/instances/{id}/flows/{key}/test",
  summary: `${SUMMARY}; by its key, which a flow has before it is deployed`,
  request: { params: flowKeyParams, body: jsonBody(testFlowBody) },
  responses,
});

type Parts = Pick<ApiParts, "db" | "hints">;

/** A test also runs while the instance is paused: it is how a person finds out whether to unpause. */
export function testFlowRoutes(parts: Parts): RouteModule {
  const { db } = parts;
  return (api) => {
    api.openapi(test, async (context) => {
      const { id } = context.req.valid("param");
      const { actor } = context.var;
      const flow = await findFlow(db, actor.organizationId, id);
      if (flow === undefined) throw flowNotFound(id);
      const body = context.req.valid("json");
      const named = { instanceId: flow.instanceId, flowKey: flow.key };
      const started = body.draft
        ? await testDraft(parts, actor, { ...named, body })
        : await testDeployed(parts, actor, { flow, body });
      return context.json(started, 202);
    });
    api.openapi(testByKey, async (context) => {
      const { id: instanceId, key: flowKey } = context.req.valid("param");
      const { actor } = context.var;
      const body = context.req.valid("json");
      if (body.draft) return context.json(await testDraft(parts, actor, { instanceId, flowKey, body }), 202);
      const instance = orNotFound(
        await findInstance(db, actor.organizationId, instanceId),
        "instance",
        instanceId,
      );
      const flow = await findFlowByKey(db, actor.organizationId, { instance, flowKey });
      return context.json(await testDeployed(parts, actor, { flow, body }), 202);
    });
  };
}

async function findFlowByKey(
  db: Db,
  organizationId: string,
  { instance, flowKey }: { instance: InstanceRow; flowKey: string },
): Promise<FlowRow> {
  const id = await findFlowId(db, { instanceId: instance.id, flowKey });
  const flow = id === undefined ? undefined : await findFlow(db, organizationId, id);
  if (flow !== undefined) return flow;
  throw new EngineError(
    "request/not-found",
    `Instance ${instance.id} has no deployed flow "${flowKey}"; deploy it, or test the draft with "draft": true`,
  );
}

/** What is saved now, whether it is deployed or not. */
async function testDraft(
  parts: Parts,
  { organizationId, userId: createdBy }: Actor,
  { instanceId, flowKey, body }: { instanceId: string; flowKey: string; body: TestFlowBody },
) {
  const payload = toPayload(body);
  return start(parts, (db) =>
    changeInstance(db, { organizationId, id: instanceId }, async (transaction, instance) => {
      if (!instance.definition.flows.some(({ key }) => key === flowKey)) throw notInDraft(instance, flowKey);
      const draft = await takeDraftRevision(transaction, organizationId, { instance, createdBy });
      const flowId = await findFlowId(transaction, { instanceId, flowKey });
      if (flowId === undefined)
        throw new EngineError("engine/internal", `Flow "${flowKey}" of instance ${instanceId} got no row`);
      const { customerId, integrationId } = instance;
      const owner = { organizationId, customerId, instanceId, integrationId };
      const execution = { ...owner, ...draft, flowId, flowKey, payload };
      return { ...(await insertExecution(transaction, asTest(execution))), ...draft };
    }),
  );
}

async function testDeployed(
  parts: Parts,
  { organizationId }: Actor,
  { flow, body }: { flow: FlowRow; body: TestFlowBody },
) {
  const deployed = runnable(flow);
  const { customerId, integrationId, instanceId, id: flowId, key: flowKey } = flow;
  const owner = { organizationId, customerId, instanceId, integrationId };
  const execution = { ...owner, ...deployed, flowId, flowKey, payload: toPayload(body) };
  return start(parts, async (db) => {
    const inserted = await db
      .transaction()
      .execute((transaction) => insertExecution(transaction, asTest(execution)));
    return { ...inserted, ...deployed };
  });
}

function asTest(execution: Omit<NewExecution, "trigger" | "isTest">): NewExecution {
  return { ...execution, trigger: "test", isTest: true };
}

async function start(
  { db, hints }: Parts,
  insert: (db: Db) => Promise<{ executionId: string; shard: number; revisionId: string }>,
) {
  const { executionId, shard, revisionId } = await insert(db);
  hints.send("millrace_queue", String(shard));
  return { executionId, revisionId, keptSteps: [] };
}

function notInDraft({ id, version, definition }: InstanceRow, flowKey: string): EngineError {
  const keys = definition.flows.map(({ key }) => key).join(", ");
  return new EngineError(
    "request/not-found",
    `The draft of instance ${id} is of version ${version}, which has no flow "${flowKey}"; it has ${keys}`,
  );
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
      `/body has ${body.length} bytes, a webhook's has at most ${LIMITS.payloadBytes}; send less`,
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
