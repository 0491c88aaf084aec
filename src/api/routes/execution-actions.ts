import type { z } from "@hono/zod-openapi";
import { acceptedSchema, replayBody, resumeBody, startedExecutionSchema } from "#contract/api/executions.ts";
import { idParams } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { isTerminal } from "#contract/states.ts";
import type { Db } from "#db/connect.ts";
import { type ExecutionRow, findExecution } from "#db/list-executions.ts";
import { findPayload } from "#db/payloads.ts";
import { cancelQueued } from "#db/queue.ts";
import { insertRequest } from "#db/requests.ts";
import type { ApiParts } from "../api-parts.ts";
import type { Actor } from "../auth/actor.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { orNotFound } from "../not-found.ts";
import { type Replayed, replayExecution } from "../replay-execution.ts";
import { findFlowDefinition, payloadExpired } from "./executions.ts";

const replay = defineRoute({
  method: "post",
  path: "/executions/{id}/replay",
  summary: "Run an execution again with the same payload, as a new one",
  request: { params: idParams, body: jsonBody(replayBody) },
  responses: { 202: json(startedExecutionSchema, "The new execution, queued") },
});
const resume = defineRoute({
  method: "post",
  path: "/executions/{id}/resume",
  summary: "Run an execution again from the step that failed, keeping earlier outputs",
  request: { params: idParams, body: jsonBody(resumeBody) },
  responses: { 202: json(startedExecutionSchema, "The new execution, queued") },
});
const cancel = defineRoute({
  method: "post",
  path: "/executions/{id}/cancel",
  summary: "Cancel an execution that has not ended",
  request: { params: idParams },
  responses: {
    200: json(acceptedSchema, "It had not started, and is cancelled"),
    202: json(acceptedSchema, "A worker was asked to stop it"),
  },
});
const retryNow = defineRoute({
  method: "post",
  path: "/executions/{id}/retry-now",
  summary: "Wake an execution that waits for its next attempt",
  request: { params: idParams },
  responses: { 202: json(acceptedSchema, "A worker was asked to wake it") },
});

type Parts = Pick<ApiParts, "db" | "hints">;
/** How long a worker may take to get to it; beyond that nobody means it any more. */
const REQUEST_DEADLINE_MS = 60_000;

export function executionActionsRoutes(parts: Parts): RouteModule {
  const { db } = parts;
  return (api) => {
    api.openapi(replay, async (context) => {
      const { id } = context.req.valid("param");
      const { revision } = context.req.valid("json");
      const original = await getExecution(db, context.var.actor, id);
      return context.json(
        await start(parts, { actor: context.var.actor, original, kind: "replay", revision }),
        202,
      );
    });
    api.openapi(resume, async (context) => {
      const { id } = context.req.valid("param");
      const { revision } = context.req.valid("json");
      const original = await getExecution(db, context.var.actor, id);
      if (original.state !== "failed" && original.state !== "cancelled" && original.state !== "lost")
        throw wrongState(original, "resumed", "failed, cancelled or lost; replay it instead");
      return context.json(
        await start(parts, { actor: context.var.actor, original, kind: "resume", revision }),
        202,
      );
    });
    addSignals(api, parts);
  };
}

function addSignals(api: Parameters<RouteModule>[0], { db, hints }: Parts): void {
  const ask = (actor: Actor, kind: "cancel-execution" | "retry-now", executionId: string) => {
    const deadline = new Date(Date.now() + REQUEST_DEADLINE_MS);
    const { organizationId } = actor;
    return kind === "retry-now"
      ? insertRequest(db, { organizationId, kind, input: { executionId }, deadline })
      : insertRequest(db, {
          organizationId,
          kind,
          input: { executionId, reason: `Cancelled by ${actor.tokenId ?? actor.userId ?? "a person"}` },
          deadline,
        });
  };
  api.openapi(cancel, async (context) => {
    const { id } = context.req.valid("param");
    const { actor } = context.var;
    const execution = await getExecution(db, actor, id);
    if (isTerminal(execution.state)) throw wrongState(execution, "cancelled", "not ended yet");
    const cancelled = await db.transaction().execute((transaction) => cancelQueued(transaction, id));
    if (cancelled) return context.json({ requestId: null }, 200);
    const requestId = await ask(actor, "cancel-execution", id);
    hints.send("millrace_request", requestId);
    return context.json({ requestId }, 202);
  });
  api.openapi(retryNow, async (context) => {
    const { id } = context.req.valid("param");
    const { actor } = context.var;
    const execution = await getExecution(db, actor, id);
    if (execution.state !== "waiting") throw wrongState(execution, "woken", "waiting");
    const requestId = await ask(actor, "retry-now", id);
    hints.send("millrace_request", requestId);
    return context.json({ requestId }, 202);
  });
}

interface Start {
  actor: Actor;
  original: ExecutionRow;
  kind: "replay" | "resume";
  revision: "current" | "original";
}

async function start(
  { db, hints }: Parts,
  { actor, original, kind, revision }: Start,
): Promise<z.output<typeof startedExecutionSchema>> {
  const { organizationId } = actor;
  const payload = await findPayload(db, original.id);
  if (payload === undefined) throw payloadExpired(original.id);
  const findDefinition = (versionId: string) =>
    findFlowDefinition(db, organizationId, { versionId, flowKey: original.flowKey });
  const { shard, ...started }: Replayed = await db
    .transaction()
    .execute((transaction) =>
      replayExecution(transaction, { organizationId, original, payload, kind, revision, findDefinition }),
    );
  hints.send("millrace_queue", String(shard));
  return started;
}

async function getExecution(db: Db, actor: Actor, id: string): Promise<ExecutionRow> {
  return orNotFound(await findExecution(db, actor.organizationId, id), "execution", id);
}

function wrongState(execution: ExecutionRow, verb: string, needed: string): EngineError {
  return new EngineError(
    "request/conflict",
    `Execution ${execution.id} is ${execution.state} and cannot be ${verb}: it must be ${needed}`,
  );
}
