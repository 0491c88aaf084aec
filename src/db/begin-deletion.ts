import type { Transaction } from "kysely";
import type { RequestInput } from "#contract/requests.ts";
import { recordEndpointChange } from "./endpoint-changes.ts";
import { listFlowIds } from "./flows.ts";
import { markDeleting } from "./instance-deletion.ts";
import { insertRequest } from "./requests.ts";
import type { Database } from "./schema.ts";

/** A deletion waits for whatever is away; the workers' upkeep asks again for one that nobody did by then. */
const DELETE_WITHIN_MS = 24 * 60 * 60 * 1000;

/**
 * For an instance that the transaction has locked. Marking and asking commit together: from then on its endpoints answer
 * 410, and a worker removes what there is. Returns the request to hint at after the commit.
 */
export async function beginInstanceDeletion(
  transaction: Transaction<Database>,
  { organizationId, instanceId }: { organizationId: string; instanceId: string },
): Promise<string> {
  await markDeleting(transaction, instanceId);
  const requestId = await askFor(transaction, {
    organizationId,
    kind: "delete-instance",
    input: { instanceId },
  });
  await recordEndpointChange(transaction, await listFlowIds(transaction, instanceId));
  return requestId;
}

/** The same for a customer that the transaction has marked. */
export function askForCustomerDeletion(
  transaction: Transaction<Database>,
  { organizationId, customerId }: { organizationId: string; customerId: string },
): Promise<string> {
  return askFor(transaction, { organizationId, kind: "delete-customer", input: { customerId } });
}

function askFor<Kind extends "delete-instance" | "delete-customer">(
  transaction: Transaction<Database>,
  request: { organizationId: string; kind: Kind; input: RequestInput<Kind> },
): Promise<string> {
  return insertRequest(transaction, { ...request, deadline: new Date(Date.now() + DELETE_WITHIN_MS) });
}
