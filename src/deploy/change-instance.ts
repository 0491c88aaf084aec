import type { Transaction } from "kysely";
import { changedMeanwhile } from "#contract/changed-meanwhile.ts";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import { type InstanceRow, lockInstance, tryLockDeploy } from "#db/instances.ts";
import { isPostgresError, SQLSTATE } from "#db/postgres-error.ts";
import type { Database } from "#db/schema.ts";

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
export function changeInstance<Result>(
  db: Db,
  target: InstanceTarget,
  change: (transaction: Transaction<Database>, instance: InstanceRow) => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute((transaction) => changeInstanceIn(transaction, target, change));
}

/** The same in a transaction that is there. What it throws must end that transaction. */
export async function changeInstanceIn<Result>(
  transaction: Transaction<Database>,
  target: InstanceTarget,
  change: (transaction: Transaction<Database>, instance: InstanceRow) => Promise<Result>,
): Promise<Result> {
  const { organizationId, id } = target;
  try {
    if (target.deploy === true) await claimDeploy(transaction, id);
    const instance = await lockInstance(transaction, organizationId, id);
    if (instance === undefined) throw noSuchInstance(id);
    assertCurrent(instance, target);
    return await change(transaction, instance);
  } catch (error) {
    if (!isPostgresError(error, SQLSTATE.lockNotAvailable)) throw error;
    throw new EngineError(
      "request/conflict",
      `Instance ${id} is being changed by another call; try again once that is done`,
      { cause: error, retryable: true },
    );
  }
}

export function noSuchInstance(id: string): EngineError {
  return new EngineError(
    "request/not-found",
    `There is no instance ${id}; GET /api/v1/instances lists those there are`,
  );
}

/** What `changeInstance` asserts of the row that it locks, for who works on the instance before. */
export function assertCurrent({ id, edit, deletingAt }: InstanceRow, target: InstanceTarget): void {
  if (deletingAt !== null)
    throw new EngineError(
      "request/conflict",
      `Instance ${id} is being deleted and takes no change; GET /api/v1/instances/${id} answers 404 once it is gone`,
    );
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
