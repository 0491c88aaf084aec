import { checkConfigValues, findMissing, resolveConfig } from "#contract/config-values.ts";
import { EngineError } from "#contract/errors.ts";
import { firstDifference } from "#contract/first-difference.ts";
import type { Db } from "#db/connect.ts";
import { insertUndeployedFlows } from "#db/flows.ts";
import type { InstanceRow } from "#db/instances.ts";
import { findLastDraft, insertRevision, type RevisionRow } from "#db/revisions.ts";
import { generateEndpointToken } from "#vault/generate-token.ts";
import { invalidConfig } from "./deploy-instance.ts";
import { findGrant } from "./find-grant.ts";

/**
 * The draft of an instance as a revision that is never deployed: what a test of the draft runs, and what its execution
 * points at. Within the transaction that holds the instance's row. The same draft again is the same revision. It is granted
 * what the instance has, and what was approved for its version. Its flows get rows, so that executions can name them;
 * their URLs answer 410 until they are deployed.
 *
 * @throws EngineError `request/instance-incomplete` with all that is missing, `request/invalid`
 */
export async function takeDraftRevision(
  transaction: Db,
  organizationId: string,
  { instance, createdBy }: { instance: InstanceRow; createdBy: string | undefined },
): Promise<{ revisionId: string; versionId: string }> {
  const { id: instanceId, definition, versionId, customerId, integrationId } = instance;
  assertComplete(instance);
  const { permissions } = definition;
  const config = resolveConfig(definition, instance.config);
  const grants = await findGrant(transaction, organizationId, { instance, versionId, permissions });
  const last = await findLastDraft(transaction, { organizationId, instanceId });
  if (last !== undefined && isSame(last, { versionId, config, grants }))
    return { revisionId: last.id, versionId };
  await insertUndeployedFlows(
    transaction,
    { id: instanceId, organizationId, customerId, integrationId },
    { keys: definition.flows.map((flow) => flow.key), createToken: generateEndpointToken },
  );
  const revisionId = await insertRevision(transaction, {
    organizationId,
    instanceId,
    draft: true,
    number: (last?.number ?? 0) + 1,
    versionId,
    config,
    grants,
    note: "",
    createdBy,
  });
  return { revisionId, versionId };
}

function isSame(last: RevisionRow, draft: Pick<RevisionRow, "versionId" | "config" | "grants">): boolean {
  return (
    last.versionId === draft.versionId &&
    firstDifference(last.config, draft.config) === undefined &&
    JSON.stringify(last.grants) === JSON.stringify(draft.grants)
  );
}

/** Steps may rely on the types of their config: what is required is there. A missing credential fails the step that uses it. */
function assertComplete({ id, definition, config }: InstanceRow): void {
  const wrong = checkConfigValues(definition, config);
  if (wrong.length > 0) throw invalidConfig(wrong);
  const missing = findMissing({ ...definition, connections: {} }, config);
  if (missing.length === 0) return;
  throw new EngineError(
    "request/instance-incomplete",
    `The draft of instance ${id} cannot be tested: ${missing.map(({ field, message }) => `${field}: ${message}`).join("; ")}`,
    { problems: missing },
  );
}
