import { EngineError } from "#contract/errors.ts";
import type { RequestInput, RequestResult } from "#contract/requests.ts";
import { beginInstanceDeletion } from "#db/begin-deletion.ts";
import type { Db } from "#db/connect.ts";
import { deleteMarkedCustomer, findDeletingCustomer } from "#db/customer-deletion.ts";
import type { HintSender } from "#db/hints.ts";
import { lockInstance } from "#db/instances.ts";
import { isPostgresError, SQLSTATE } from "#db/postgres-error.ts";

/**
 * Removes a customer that the api has marked: each of its instances is deleted as if by `DELETE /instances/{id}`, by a
 * request of its own; once none is left the customer goes. Every claim looks at what is there, so it can be done
 * again by another worker, and an instance that was created in the last moment is found by the next look.
 */
export interface DeleteCustomerDependencies {
  db: Db;
  hints: Pick<HintSender, "send">;
}

const BATCH = 100;

/** @throws EngineError `engine/unavailable` while instances are left: the request goes back, and is gone on with */
export async function deleteCustomer(
  { db, hints }: DeleteCustomerDependencies,
  request: { organizationId: string; input: RequestInput<"delete-customer">; signal: AbortSignal },
): Promise<RequestResult<"delete-customer">> {
  const { organizationId, signal } = request;
  const { customerId } = request.input;
  const customer = await findDeletingCustomer(db, { organizationId, customerId, limit: BATCH });
  if (customer === undefined) return { customerId };
  for (const instanceId of customer.notBegun) {
    signal.throwIfAborted();
    const requestId = await beginOne(db, { organizationId, instanceId });
    if (requestId !== undefined) hints.send("millrace_request", requestId);
  }
  if (customer.left > 0) throw notYet(customerId, `waits for ${customer.left} instances to be deleted`);
  if (!(await deleteMarkedCustomer(db, customerId)))
    throw notYet(customerId, "has found an instance that was created meanwhile");
  return { customerId };
}

/** Undefined where it is gone, its deletion has begun, or another call holds it: the next claim looks again. */
async function beginOne(
  db: Db,
  instance: { organizationId: string; instanceId: string },
): Promise<string | undefined> {
  try {
    return await db.transaction().execute(async (transaction) => {
      const row = await lockInstance(transaction, instance.organizationId, instance.instanceId);
      if (row === undefined || row.deletingAt !== null) return undefined;
      return beginInstanceDeletion(transaction, instance);
    });
  } catch (error) {
    if (isPostgresError(error, SQLSTATE.lockNotAvailable)) return undefined;
    throw error;
  }
}

function notYet(customerId: string, why: string): EngineError {
  return new EngineError("engine/unavailable", `The deletion of customer ${customerId} ${why}`);
}
