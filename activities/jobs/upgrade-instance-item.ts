import type { Transaction } from "kysely";
import type { Definition } from "#contract/definition.ts";
import { EngineError } from "#contract/errors.ts";
import type { UpgradeResult } from "#contract/jobs.ts";
import type { RequestInput, RequestResult } from "#contract/requests.ts";
import type { Db } from "#db/connect.ts";
import { findInstance, type InstanceRow } from "#db/instances.ts";
import type { JobRow } from "#db/jobs.ts";
import type { RevisionRow } from "#db/revisions.ts";
import type { Database } from "#db/schema.ts";
import { findVersion } from "#db/versions.ts";
import type { CheckedValues } from "#deploy/assert-checked.ts";
import { changeInstanceIn, noSuchInstance } from "#deploy/change-instance.ts";
import { assertChecksPass } from "#deploy/config-checks.ts";
import { checkDeployment, deployInstance, type Deployment } from "#deploy/deploy-instance.ts";
import { findDeployed } from "#deploy/find-deployed.ts";
import { listDraftChanges } from "#deploy/list-draft-changes.ts";
import { planUpgrade, type Upgrade } from "#deploy/plan-upgrade.ts";
import { summarizeChanges } from "#deploy/summarize-changes.ts";
import type { HandledItem, ItemWork, JobItemHandler } from "./job-item-handler.ts";

export interface UpgradeItemDependencies {
  /** Of the api, as senders reach it. */
  publicUrl: string;
  /** Runs authors' checks in the sandbox. */
  checkConfig(
    organizationId: string,
    input: RequestInput<"check-config">,
    signal: AbortSignal,
  ): Promise<RequestResult<"check-config">>;
}

/**
 * Upgrades one instance as `POST /instances/{id}/upgrade` does, with its draft's values where they fit. A dry run asks
 * the same questions of the same code, locks nothing and writes nothing.
 */
export function createUpgradeInstanceItem(deps: UpgradeItemDependencies): JobItemHandler {
  const { publicUrl } = deps;
  return async (db, work) => {
    const { job, subjectId: id } = work;
    const { organizationId } = job;
    const checked = await checkValues(db, work, deps);
    return async (transaction) => {
      if (!job.dryRun)
        return changeInstanceIn(transaction, { organizationId, id, deploy: true }, (_, instance) =>
          upgrade(transaction, { job, instance, publicUrl, checked }),
        );
      const instance = await findInstance(transaction, organizationId, id);
      if (instance === undefined) throw noSuchInstance(id);
      return upgrade(transaction, { job, instance, publicUrl, checked });
    };
  };
}

/** Has the authors' checks see what would be deployed; undefined where nothing would be. */
async function checkValues(
  db: Db,
  { job, subjectId, signal }: ItemWork,
  { publicUrl, checkConfig }: UpgradeItemDependencies,
): Promise<Deployment | undefined> {
  const { organizationId, parameters } = job;
  const instance = await findInstance(db, organizationId, subjectId);
  const deployed = instance && (await findDeployed(db, organizationId, instance));
  if (instance === undefined || deployed === undefined || deployed.version === parameters.version)
    return undefined;
  if (parameters.drafts === "refuse") assertNoDraft(instance, deployed);
  const upgrade = upgradeOf(job, publicUrl);
  const planned = await planUpgrade(db, organizationId, { instance, upgrade });
  const checks = {
    db,
    checkConfig: (organization: string, input: RequestInput<"check-config">) =>
      checkConfig(organization, input, signal),
  };
  const { customerId } = instance;
  await assertChecksPass(checks, organizationId, { ...planned, customerId, instance });
  return planned;
}

function upgradeOf({ parameters, note, id, createdBy }: JobRow, publicUrl: string): Upgrade {
  return {
    number: parameters.version,
    values: {},
    note: note === "" ? `To version ${parameters.version}, by job ${id}` : note,
    createdBy: createdBy ?? undefined,
    publicUrl,
  };
}

interface Upgraded {
  job: JobRow;
  instance: InstanceRow;
  publicUrl: string;
  checked: CheckedValues | undefined;
}

async function upgrade(transaction: Transaction<Database>, upgraded: Upgraded): Promise<HandledItem> {
  const { job, instance, publicUrl, checked } = upgraded;
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
  const plan = { instance, upgrade: upgradeOf(job, publicUrl) };
  const planned = await planUpgrade(transaction, organizationId, plan);
  const deployment = checked === undefined ? planned : { ...planned, checked };
  const made = job.dryRun
    ? { ...NOT_MADE, ...(await checkDeployment(transaction, organizationId, { instance, deployment })) }
    : await deployInstance(transaction, organizationId, { instance, deployment });
  const before = { ...deployed, definition: await definitionOf(transaction, organizationId, deployed) };
  const changes = summarizeChanges(before, { ...made, definition: deployment.definition });
  const { revision, revisionId, shards } = made;
  return { outcome: { state: "changed", result: { ...result, revision, revisionId, changes } }, shards };
}

/** Of a dry run. */
const NOT_MADE = { revision: null, revisionId: null, shards: [] };

async function definitionOf(
  transaction: Transaction<Database>,
  organizationId: string,
  { id, versionId }: RevisionRow,
): Promise<Definition> {
  const version = await findVersion(transaction, organizationId, versionId);
  if (version === undefined) throw new EngineError("engine/internal", `Revision ${id} has no version`);
  return version.definition;
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
