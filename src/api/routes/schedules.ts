import { idParams } from "#contract/api/fields.ts";
import { scheduleSchema } from "#contract/api/schedules.ts";
import { EngineError } from "#contract/errors.ts";
import { findFlow, type FlowRow } from "#db/flows.ts";
import { findSchedule, listTicks, readClock } from "#db/schedules.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json } from "../define-route.ts";
import { flowNotFound } from "../not-found.ts";
import { toSchedule } from "../schedule-answer.ts";

const get = defineRoute({
  method: "get",
  path: "/flows/{id}/schedule",
  summary: "Get a flow's schedule: in words, its next five runs, its last ticks",
  request: { params: idParams },
  responses: { 200: json(scheduleSchema, "The schedule") },
});

const TICKS_SHOWN = 20;

export function schedulesRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(get, async (context) => {
      const { id } = context.req.valid("param");
      const flow = await findFlow(db, context.var.actor.organizationId, id);
      if (flow === undefined) throw flowNotFound(id);
      const trigger = flow.definition?.trigger;
      if (trigger?.type !== "schedule") throw noSchedule(flow);
      const [row, ticks, nowMs] = await Promise.all([
        findSchedule(db, id),
        listTicks(db, id, TICKS_SHOWN),
        readClock(db),
      ]);
      return context.json(toSchedule({ id, trigger }, row, { ticks, nowMs }), 200);
    });
  };
}

function noSchedule({ id, instanceId, definition }: FlowRow): EngineError {
  const why =
    definition === null
      ? "its instance is not deployed with it"
      : `it is begun by a ${definition.trigger.type} trigger`;
  return new EngineError(
    "request/not-found",
    `Flow ${id} has no schedule: ${why}; GET /api/v1/instances/${instanceId}/flows shows what begins each`,
  );
}
