import type { UpgradeInstancesBody } from "#contract/api/jobs.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { Db } from "#db/connect.ts";
import { findIntegration } from "#db/integrations.ts";
import { insertInstanceItems, type InstanceSelection, listKnownInstances } from "#db/job-items.ts";
import { countUnfinishedJobs, insertJob } from "#db/jobs.ts";
import { insertRequest } from "#db/requests.ts";
import { getVersionToTake } from "#deploy/version-to-take.ts";

/** A job waits for whatever is away; the workers' upkeep asks again for one that nobody took by then. */
const START_WITHIN_MS = 60 * 60_000;

/**
 * The job, its items and the request to run it commit together: what it takes is settled when it is made. Returns the
 * ids of the job and of the request.
 *
 * @throws EngineError `request/unprocessable` for an integration, version or instance that is not there, and where too
 * many instances fit; `request/conflict` for a version that was withdrawn, and for too many jobs at once
 */
export async function createUpgradeJob(
  db: Db,
  by: { organizationId: string; userId: string | undefined },
  body: UpgradeInstancesBody,
): Promise<{ jobId: string; requestId: string }> {
  const { organizationId, userId: createdBy } = by;
  const { integrationId, dryRun, drafts, ratePerMinute, note } = body;
  const number = body.to === "latest" ? undefined : body.to;
  await assertIntegration(db, { organizationId, integrationId });
  const version = await getVersionToTake(db, { organizationId, integrationId, number }, "/to");
  const selection: InstanceSelection = { organizationId, integrationId, ...body.filter };
  await assertKnown(db, selection);
  return db.transaction().execute(async (transaction) => {
    const kind = "upgrade-instances" as const; // as const: the kind decides the parameters' type
    const parameters = { integrationId, version: version.number, drafts, filter: body.filter };
    const job = { organizationId, kind, dryRun, parameters, ratePerMinute, note, createdBy };
    const jobId = await insertJob(transaction, job);
    await assertNotTooMany(transaction, organizationId);
    const total = await insertInstanceItems(transaction, { jobId, limit: LIMITS.jobItems }, selection);
    if (total > LIMITS.jobItems) throw tooManyInstances();
    const deadline = new Date(Date.now() + START_WITHIN_MS);
    const run = { organizationId, kind: "run-job" as const, input: { jobId }, deadline }; // as above
    return { jobId, requestId: await insertRequest(transaction, run) };
  });
}

async function assertIntegration(
  db: Db,
  { organizationId, integrationId }: { organizationId: string; integrationId: string },
): Promise<void> {
  if ((await findIntegration(db, organizationId, integrationId)) !== undefined) return;
  throw new EngineError(
    "request/unprocessable",
    `There is no integration ${integrationId}; GET /api/v1/integrations lists those there are`,
    { field: "/integrationId" },
  );
}

async function assertKnown(db: Db, selection: InstanceSelection): Promise<void> {
  const { instanceIds } = selection;
  if (instanceIds === undefined) return;
  const known = new Set(await listKnownInstances(db, selection, instanceIds));
  const unknown = instanceIds.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw new EngineError(
    "request/unprocessable",
    `${unknown.length === 1 ? "Instance" : "Instances"} ${unknown.slice(0, 10).join(", ")}${unknown.length > 10 ? " and more" : ""} of integration ${selection.integrationId} ${unknown.length === 1 ? "is" : "are"} not there; GET /api/v1/instances?integration=${selection.integrationId} lists those there are`,
    { problems: unknown.map((id) => ({ field: "/filter/instanceIds", message: `${id} is not there` })) },
  );
}

/** This one is counted too. */
async function assertNotTooMany(db: Db, organizationId: string): Promise<void> {
  if ((await countUnfinishedJobs(db, organizationId)) <= LIMITS.jobsUnfinished) return;
  throw new EngineError(
    "request/conflict",
    `The organization has ${LIMITS.jobsUnfinished} jobs that have not ended; wait for one, or cancel one (GET /api/v1/jobs lists them)`,
  );
}

function tooManyInstances(): EngineError {
  return new EngineError(
    "request/unprocessable",
    `More than ${LIMITS.jobItems} instances fit; narrow the filter, and make a job for each part`,
    { field: "/filter" },
  );
}
