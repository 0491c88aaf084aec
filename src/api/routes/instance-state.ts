import { idParams } from "#contract/api/fields.ts";
import { listOf } from "#contract/api/flows.ts";
import { deleteStateQuery, setStateBody, stateValueSchema } from "#contract/api/state.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { StateWrite } from "#contract/step-state.ts";
import { findInstance } from "#db/instances.ts";
import { applyStateWrites, findStateValue, listState } from "#db/instance-state.ts";
import { changeInstance } from "#deploy/change-instance.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { notFound, orNotFound } from "../not-found.ts";

const list = defineRoute({
  method: "get",
  path: "/instances/{id}/state",
  summary: "List what the steps of an instance keep from execution to execution",
  request: { params: idParams },
  responses: {
    200: json(listOf(stateValueSchema), "The instance's values, then those of its flows, by key"),
  },
});
const set = defineRoute({
  method: "put",
  path: "/instances/{id}/state",
  summary: "Set a value that steps keep",
  request: { params: idParams, body: jsonBody(setStateBody) },
  responses: { 204: { description: "Set; the next step that asks for it sees it" } },
});
const remove = defineRoute({
  method: "delete",
  path: "/instances/{id}/state",
  summary: "Delete a value that steps keep",
  request: { params: idParams, query: deleteStateQuery },
  responses: { 204: { description: "Deleted" } },
});

export function instanceStateRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  const write = (
    target: { organizationId: string; id: string },
    flow: string | undefined,
    change: StateWrite,
  ) =>
    changeInstance(db, target, async (transaction) => {
      const writer = { instanceId: target.id, flowKey: flow ?? "", executionId: undefined };
      if (change.op === "delete") {
        const place = { instanceId: target.id, flowKey: flow, key: change.key };
        if ((await findStateValue(transaction, place)) === null)
          throw notFound("value of state", change.key, `GET /api/v1/instances/${target.id}/state`);
      }
      if ((await applyStateWrites(transaction, writer, [change])) === "full") throw full(target.id);
    });
  return (api) => {
    api.openapi(list, async (context) => {
      const { id } = context.req.valid("param");
      orNotFound(await findInstance(db, context.var.actor.organizationId, id), "instance", id);
      const items = (await listState(db, id)).map(({ flowKey, value, updatedAt, ...row }) => ({
        ...row,
        flow: flowKey,
        value: JSON.parse(value) as unknown, // JSON text by the writer's own check
        updatedAt: updatedAt.toISOString(),
      }));
      return context.json({ items }, 200);
    });
    api.openapi(set, async (context) => {
      const { id } = context.req.valid("param");
      const { flow, key, value } = context.req.valid("json");
      const text = JSON.stringify(value);
      if (text.length > LIMITS.stateValueCharacters) throw tooLarge(key, text.length);
      const scope = flow === undefined ? "instance" : "flow";
      const { organizationId } = context.var.actor;
      await write({ organizationId, id }, flow, { op: "set", scope, key, json: text });
      return context.body(null, 204);
    });
    api.openapi(remove, async (context) => {
      const { id } = context.req.valid("param");
      const { flow, key } = context.req.valid("query");
      const scope = flow === undefined ? "instance" : "flow";
      const { organizationId } = context.var.actor;
      await write({ organizationId, id }, flow, { op: "delete", scope, key });
      return context.body(null, 204);
    });
  };
}

function tooLarge(key: string, characters: number): EngineError {
  return new EngineError(
    "request/invalid",
    `/value of "${key}" has ${characters} characters of JSON, at most ${LIMITS.stateValueCharacters} are kept; keep less`,
    { field: "/value" },
  );
}

function full(id: string): EngineError {
  return new EngineError(
    "request/conflict",
    `Instance ${id} keeps ${LIMITS.stateKeys} values of state, as many as it may; delete some first`,
  );
}
