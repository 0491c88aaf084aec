import type { Definition } from "#contract/definition.ts";
import type { JsonObject } from "#contract/json.ts";
import { nextTick, resolveSchedule } from "#contract/schedule.ts";
import type { Db } from "#db/connect.ts";
import { listFlowIdsByKey } from "#db/flows.ts";
import { type DeployedSchedule, replaceSchedules, type ScheduleOwner } from "#db/schedules.ts";

/**
 * In a deploy's transaction: the instance runs by the schedules of this version, with these values, from its commit on.
 * A schedule whose config variable has no value does not run.
 */
export async function deploySchedules(
  transaction: Db,
  owner: ScheduleOwner,
  { definition, config }: { definition: Definition; config: JsonObject },
): Promise<void> {
  const flowIds = await listFlowIdsByKey(transaction, owner.id);
  const schedules = definition.flows.flatMap(({ key, trigger }): DeployedSchedule[] => {
    const flowId = flowIds.get(key);
    if (trigger.type !== "schedule" || flowId === undefined) return [];
    const resolved = resolveSchedule(trigger, config);
    if (resolved.type !== "on") return [];
    const { schedule } = resolved;
    return [{ ...schedule, flowId, flowKey: key, next: (afterMs) => nextTick(schedule.timetable, afterMs) }];
  });
  await replaceSchedules(transaction, owner, schedules);
}
