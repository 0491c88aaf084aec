import type { Transaction } from "kysely";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import { type InstanceRow, lockInstance, tryLockDeploy } from "#db/instances.ts";
import { isPostgresError, SQLSTATE } from "#db/postgres-error.ts";
import type { Database } from "#db/schema.ts";
import { orNotFound } from "./not-found.ts";

export interface InstanceTarget {
  organizationId: string;
  id: string;
  /** The `edit` that the change was made from; undefined changes whatever is there. */
  edit?: number | undefined;
  /** One at a time: a second deploy is refused at once instead of waiting for the row. */
  deploy?: boolean;
}

/**
 * Runs a change of an instance in a transaction that holds its row.
 *
 * @throws EngineError `request/not-found`, or `request/conflict` where the instance has moved on or is busy
 */
export async function changeInstance<Result>(
  db: Db,
  target: InstanceTarget,
  change: (transaction: Transaction<Database>, instance: InstanceRow) => Promise<Result>,
): Promise<Result> {
  const { organizationId, id, edit } = target;
  try {
    return await db.transaction().execute(async (transaction) => {
      if (target.deploy === true) await claimDeploy(transaction, id);
      const instance = orNotFound(await lockInstance(transaction, organizationId, id), "instance", id);
      if (edit !== undefined && edit !== instance.edit) {
        throw new EngineError(
          "request/conflict",
          `Instance ${id} was changed meanwhile: it is at edit ${instance.edit}, you started from ${edit}; get it again and repeat your change`,
          { field: "/edit" },
        );
      }
      return change(transaction, instance);
    });
  } catch (error) {
    if (!isPostgresError(error, SQLSTATE.lockNotAvailable)) throw error;
    throw new EngineError(
      "request/conflict",
      `Instance ${id} is being changed by another call; try again once that is done`,
      { cause: error, retryable: true },
    );
  }
}

async function claimDeploy(transaction: Transaction<Database>, instanceId: string): Promise<void> {
  if (await tryLockDeploy(transaction, instanceId)) return;
  throw new EngineError(
    "request/conflict",
    `Instance ${instanceId} is being deployed by another call; look at its revisions, then try again`,
    { retryable: true },
  );
}
