import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import { findVersionByNumber, type VersionRow } from "#db/versions.ts";
import { assertNotWithdrawn } from "./withdrawn-version.ts";

/**
 * The version of a number, or the latest, for an instance to take. One that it has already it may keep.
 *
 * @throws EngineError `request/unprocessable` where there is none, `request/conflict` where it was withdrawn
 */
export async function getVersionToTake(
  db: Db,
  wanted: { organizationId: string; integrationId: string; number: number | undefined; kept?: string },
  field = "/version",
): Promise<VersionRow> {
  const { integrationId, number } = wanted;
  const version = await findVersionByNumber(db, wanted);
  if (version === undefined)
    throw new EngineError(
      "request/unprocessable",
      `There is no version ${number ?? "yet"} of integration ${integrationId}; GET /api/v1/integrations/${integrationId}/versions lists those there are`,
      { field },
    );
  if (version.id !== wanted.kept) assertNotWithdrawn(version, field);
  return version;
}
