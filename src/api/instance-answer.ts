import type { Context } from "hono";
import type { Instance } from "#contract/api/instances.ts";
import { findMissing } from "#contract/config-values.ts";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import { type DeployRun, findDeployRuns } from "#db/deploy-runs.ts";
import { attentionOf, findInstance, findLastRuns, type InstanceRow, type LastRun } from "#db/instances.ts";
import type { AppEnv } from "./app-env.ts";
import { setEtag } from "./etag.ts";
import { orNotFound } from "./not-found.ts";

/** @throws EngineError `request/not-found` */
export async function getInstance(db: Db, organizationId: string, id: string): Promise<Instance> {
  const row = orNotFound(await findInstance(db, organizationId, id), "instance", id);
  const [instance] = await toInstances(db, [row]);
  if (instance === undefined) throw new EngineError("engine/internal", `Instance ${id} was not shown`);
  return instance;
}

/** With what each of them ran last. */
export async function toInstances(db: Db, rows: readonly InstanceRow[]): Promise<Instance[]> {
  const ids = rows.map((row) => row.id);
  const [lastRuns, deployRuns] = await Promise.all([findLastRuns(db, ids), findDeployRuns(db, ids)]);
  return rows.map((row) =>
    toInstance(row, { lastRun: lastRuns.get(row.id), deployRuns: deployRuns.get(row.id) ?? [] }),
  );
}

function toInstance(
  row: InstanceRow,
  { lastRun, deployRuns }: { lastRun: LastRun | undefined; deployRuns: readonly DeployRun[] },
): Instance {
  const { definition, deployedRevisionId: _, lastRevisionNumber: __, pausedAt, deletingAt, ...rest } = row;
  const { isFailing: ___, isOverdue: ____, ...shown } = rest;
  const missing = findMissing(definition, row.config);
  return {
    ...shown,
    attention: attentionOf(row),
    missing,
    configuration: missing.length === 0 ? "complete" : "incomplete",
    activity: pausedAt === null ? "enabled" : "paused",
    pausedAt: pausedAt?.toISOString() ?? null,
    deletingAt: deletingAt?.toISOString() ?? null,
    lastRun: lastRun === undefined ? null : { ...lastRun, receivedAt: lastRun.receivedAt.toISOString() },
    deployRuns: deployRuns.map(({ error, ...run }) => ({
      ...run,
      error: error === null ? null : { code: error.code, message: error.message },
    })),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** Answers with the instance as it is now, and its ETag. */
export async function answerInstance<Status extends 200 | 201>(
  context: Context<AppEnv>,
  db: Db,
  { id, status }: { id: string; status: Status },
) {
  const instance = await getInstance(db, context.var.actor.organizationId, id);
  setEtag(context, instance.edit);
  return context.json(instance, status);
}
