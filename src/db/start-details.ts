import type { Definition } from "#contract/definition.ts";
import type { Db } from "./connect.ts";

/** What a workflow's start needs of a revision: immutable but for the customer's name, which is for people only. */
export interface StartDetails {
  revisionId: string;
  definition: Definition;
  version: number;
  /** The revision is one of a draft. */
  draft: boolean;
  integrationKey: string;
  customerName: string;
}

export async function listStartDetails(db: Db, revisionIds: string[]): Promise<StartDetails[]> {
  return db
    .selectFrom("revisions")
    .innerJoin("versions", "versions.id", "revisions.version_id")
    .innerJoin("integrations", "integrations.id", "versions.integration_id")
    .innerJoin("instances", "instances.id", "revisions.instance_id")
    .innerJoin("customers", "customers.id", "instances.customer_id")
    .select([
      "revisions.id as revisionId",
      "versions.definition",
      "versions.number as version",
      "revisions.draft",
      "integrations.key as integrationKey",
      "customers.name as customerName",
    ])
    .where("revisions.id", "in", revisionIds)
    .execute();
}
