import { smallestIdAt } from "#contract/ids.ts";
import type { Db } from "./connect.ts";

/** Whose these executions are; those that are gone are left out. */
export async function findOrganizations(
  db: Db,
  ids: readonly string[],
): Promise<{ id: string; organizationId: string }[]> {
  const sorted = ids.toSorted();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  return (
    db
      .selectFrom("executions")
      .select(["id", "organization_id as organizationId"])
      .where("id", "in", sorted)
      // The bounds keep the planner to the partitions of these days.
      .where("id", ">=", first)
      .where("id", "<=", last)
      .execute()
  );
}

/** Ids are made a moment before they are committed, and not in the order of commits. */
const OVERLAP_MS = 2_000;

/** Executions that came after one, or in the last moments; oldest first. Some are told again: the reader knows them. */
export async function listNewExecutions(
  db: Db,
  organizationId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<string[]> {
  const recent = smallestIdAt(Date.now() - OVERLAP_MS);
  const rows = await db
    .selectFrom("executions")
    .select("id")
    .where("organization_id", "=", organizationId)
    .where("id", ">", after === undefined || after > recent ? recent : after)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}
