import { keepFitting } from "#contract/config-values.ts";
import { EngineError } from "#contract/errors.ts";
import type { JsonObject } from "#contract/json.ts";
import type { Db } from "#db/connect.ts";
import type { InstanceRow } from "#db/instances.ts";
import type { Deployment } from "./deploy-instance.ts";
import { findDeployed } from "./find-deployed.ts";
import { getVersionToTake } from "./version-to-take.ts";

export interface Upgrade {
  /** The latest where it is undefined. */
  number: number | undefined;
  /** Set beside those of the draft. */
  values: JsonObject;
  note: string | undefined;
  createdBy: string | undefined;
  publicUrl: string;
}

/**
 * The deployment that moves an instance to another version: the draft's values where they fit, the given ones beside
 * them, and every permission that the version asks for.
 *
 * @throws EngineError `request/unprocessable` where there is no such version, `request/conflict` where it was withdrawn or is
 * the one that runs
 */
export async function planUpgrade(
  db: Db,
  organizationId: string,
  { instance, upgrade }: { instance: InstanceRow; upgrade: Upgrade },
): Promise<Deployment> {
  const { integrationId } = instance;
  const { number, values, note, createdBy, publicUrl } = upgrade;
  const version = await getVersionToTake(db, { organizationId, integrationId, number });
  const deployed = await findDeployed(db, organizationId, instance);
  if (deployed?.versionId === version.id)
    throw new EngineError(
      "request/conflict",
      `Instance ${instance.id} runs version ${version.number} already; name another one, or deploy to take its draft`,
      { field: "/version" },
    );
  return {
    versionId: version.id,
    version: version.number,
    definition: version.definition,
    values: { ...keepFitting(version.definition, instance.config), ...values },
    note: note ?? `To version ${version.number}`,
    createdBy,
    publicUrl,
  };
}
