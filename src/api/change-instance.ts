import type { Transaction } from "kysely";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import { type InstanceRow, lockInstance, tryLockDeploy } from "#db/instances.ts";
import { isPostgresError, SQLSTATE } from "#db/postgres-error.ts";
import type { Database } from "#db/schema.ts";
import { changedMeanwhile } from "./etag.ts";
import { orNotFound } from "./not-found.ts";

export interface InstanceTarget {
  organizationId: string;
  id: string;
  /** The `edit` that the change was made from; undefined changes whatever is there. */
  edit?: number | undefined;
  /** The same, by the header `If-Match`. */
  ifMatch?: number | undefined;
  /** One at a time: a second deploy is refused at once instead of waiting for the row. */
  deploy?: boolean;
}

/**
 * Runs a change of an instance in a transaction that holds its row.
 *
 * @throws EngineError `request/not-found`, `request/precondition-failed` and `request/conflict` where the instance has moved
 * on, is busy or is being deleted
 */
export async function changeInstance<Result>(
  db: Db,
  target: InstanceTarget,
  change: (transaction: Transaction<Database>, instance: InstanceRow) => Promise<Result>,
): Promise<Result> {
  const { organizationId, id } = target;
  try {
    return await db.transaction().execute(async (transaction) => {
      if (target.deploy === true) await claimDeploy(transaction, id);
      const instance = orNotFound(await lockInstance(transaction, organizationId, id), "instance", id);
      assertCurrent(instance, target);
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

function assertCurrent({ id, edit, deletingAt }: InstanceRow, target: InstanceTarget): void {
  if (deletingAt !== null)
    throw new EngineError("request/conflict", `Instance ${id} is being deleted and takes no change`);
  const { ifMatch } = target;
  if (ifMatch !== undefined && ifMatch !== edit)
    throw changedMeanwhile(`Instance ${id}`, { stored: edit, given: ifMatch });
  if (target.edit === undefined || target.edit === edit) return;
  throw new EngineError(
    "request/conflict",
    `Instance ${id} was changed meanwhile: it is at edit ${edit}, you started from ${target.edit}; get it again and repeat your change`,
    { field: "/edit" },
  );
}

async function claimDeploy(transaction: Transaction<Database>, instanceId: string): Promise<void> {
  if (await tryLockDeploy(transaction, instanceId)) return;
  throw new EngineError(
    "request/conflict",
    `Instance ${instanceId} is being deployed by another call; look at its revisions, then try again`,
    { retryable: true },
  );
}
