import type { Instance } from "#contract/api/instances.ts";
import { findMissing } from "#contract/config-values.ts";
import type { Db } from "#db/connect.ts";
import { findInstance, type InstanceRow } from "#db/instances.ts";
import { orNotFound } from "./not-found.ts";

/** @throws EngineError `request/not-found` */
export async function getInstance(db: Db, organizationId: string, id: string): Promise<Instance> {
  return toInstance(orNotFound(await findInstance(db, organizationId, id), "instance", id));
}

export function toInstance(row: InstanceRow): Instance {
  const { definition, deployedRevisionId: _, lastRevisionNumber: __, pausedAt, ...shown } = row;
  const missing = findMissing(definition, row.config);
  return {
    ...shown,
    missing,
    configuration: missing.length === 0 ? "complete" : "incomplete",
    activity: pausedAt === null ? "enabled" : "paused",
    pausedAt: pausedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
