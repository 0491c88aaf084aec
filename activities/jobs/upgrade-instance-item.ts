import type { Transaction } from "kysely";
import { EngineError } from "#contract/errors.ts";
import type { UpgradeResult } from "#contract/jobs.ts";
import { findInstance, type InstanceRow } from "#db/instances.ts";
import type { JobRow } from "#db/jobs.ts";
import type { RevisionRow } from "#db/revisions.ts";
import type { Database } from "#db/schema.ts";
import { findVersion } from "#db/versions.ts";
import { changeInstanceIn, noSuchInstance } from "#deploy/change-instance.ts";
import { checkDeployment, deployInstance, type Deployment } from "#deploy/deploy-instance.ts";
import { listDraftChanges } from "#deploy/list-draft-changes.ts";
import { findDeployed, planUpgrade } from "#deploy/plan-upgrade.ts";
import { summarizeChanges } from "#deploy/summarize-changes.ts";
import type { HandledItem, JobItemHandler } from "./job-item-handler.ts";

/**
 * Upgrades one instance as `POST /instances/{id}/upgrade` does, with its draft's values where they fit. A dry run asks
 * the same questions of the same code, locks nothing and writes nothing.
 */
export function createUpgradeInstanceItem({ publicUrl }: { publicUrl: string }): JobItemHandler {
  return async (transaction, { job, subjectId: id }) => {
    const { organizationId } = job;
    if (!job.dryRun)
      return changeInstanceIn(transaction, { organizationId, id, deploy: true }, (_, instance) =>
        upgrade(transaction, { job, instance, publicUrl }),
      );
    const instance = await findInstance(transaction, organizationId, id);
    if (instance === undefined) throw noSuchInstance(id);
    return upgrade(transaction, { job, instance, publicUrl });
  };
}

interface Upgraded {
  job: JobRow;
  instance: InstanceRow;
  publicUrl: string;
}

async function upgrade(transaction: Transaction<Database>, upgraded: Upgraded): Promise<HandledItem> {
  const { job, instance, publicUrl } = upgraded;
  const { organizationId, parameters } = job;
  const deployed = await findDeployed(transaction, organizationId, instance);
  if (deployed === undefined) throw neverDeployed(instance.id);
  const result: UpgradeResult = {
    fromVersion: deployed.version,
    toVersion: parameters.version,
    revision: null,
    revisionId: null,
    changes: null,
  };
  if (deployed.version === parameters.version) return { outcome: { state: "unchanged", result }, shards: [] };
  if (parameters.drafts === "refuse") assertNoDraft(instance, deployed);
  const deployment = await planUpgrade(transaction, organizationId, {
    instance,
    upgrade: {
      number: parameters.version,
      values: {},
      note: job.note === "" ? `To version ${parameters.version}, by job ${job.id}` : job.note,
      createdBy: job.createdBy ?? undefined,
      publicUrl,
    },
  });
  const changes = await changesOf(transaction, { organizationId, instance, deployed, deployment });
  if (job.dryRun) return { outcome: { state: "changed", result: { ...result, changes } }, shards: [] };
  const { shards, ...made } = await deployInstance(transaction, organizationId, { instance, deployment });
  return { outcome: { state: "changed", result: { ...result, ...made, changes } }, shards };
}

/** @throws EngineError what the deployment is refused for */
async function changesOf(
  transaction: Transaction<Database>,
  plan: { organizationId: string; instance: InstanceRow; deployed: RevisionRow; deployment: Deployment },
): Promise<UpgradeResult["changes"]> {
  const { organizationId, instance, deployed, deployment } = plan;
  const checked = await checkDeployment(transaction, organizationId, { instance, deployment });
  const before = await findVersion(transaction, organizationId, deployed.versionId);
  if (before === undefined)
    throw new EngineError("engine/internal", `Revision ${deployed.id} has no version`);
  return summarizeChanges(
    { definition: before.definition, config: deployed.config, grants: deployed.grants },
    { definition: deployment.definition, ...checked },
  );
}

function neverDeployed(id: string): EngineError {
  return new EngineError(
    "request/unprocessable",
    `Instance ${id} was never deployed: it runs nothing that could be upgraded. Deploy it first, or choose its version with PATCH /api/v1/instances/${id}`,
  );
}

function assertNoDraft(instance: InstanceRow, deployed: RevisionRow): void {
  const changed = listDraftChanges(instance, deployed);
  if (changed.length === 0) return;
  throw new EngineError(
    "request/conflict",
    `Instance ${instance.id} has changes that were saved and not deployed: ${changed.join(", ")}. Deploy them first, or let the job take them (drafts: "deploy", --with-drafts)`,
    { problems: changed.map((field) => ({ field, message: "saved and not deployed" })) },
  );
}
