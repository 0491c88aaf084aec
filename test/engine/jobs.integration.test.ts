import { fork } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Job, JobItem } from "#contract/api/jobs.ts";
import { createId } from "#contract/create-id.ts";
import { jobWorkflowIdOf } from "#contract/jobs.ts";
import { requeueJobs, sweepJobs } from "#db/jobs.ts";
import { createFleet, type Fleet } from "../support/deployed-fleet.ts";
import { startJobWorker } from "../support/job-worker.ts";
import { type JobsApi, startJobsApi } from "../support/jobs-api.ts";
import { openEvents } from "../support/open-events.ts";
import { testTemporal } from "../support/temporal.ts";
import { EXAMPLE_DEFINITION, expectOk, type TestApi } from "../support/test-api.ts";
import { waitFor } from "../support/wait-for.ts";

/** Nobody polls it until a test does. */
const { address: temporalAddress, taskQueue: otherQueue } = testTemporal();
const PROCESS = new URL("../support/job-worker-process.ts", import.meta.url);

let jobs: JobsApi;
let api: TestApi;
beforeAll(async () => {
  jobs = await startJobsApi();
  api = jobs.api;
});
afterAll(() => jobs.stop());

const URL_SET = { url: "https://ledger.example" };
const LIMIT_SET = { ...URL_SET, limit: 5 };
/** Of version 2: no default any more, so that it needs a value. */
const needsLimit = {
  config: { ...EXAMPLE_DEFINITION.config, limit: { type: "number", label: "Limit" } },
} as const;

const post = (fleet: Fleet, body: object = {}): Promise<Job> =>
  expectOk(api.call("POST", "/jobs/upgrade-instances", { integrationId: fleet.integrationId, ...body }));
const get = (id: string): Promise<Job> => expectOk(api.call("GET", `/jobs/${id}`));
const ended = (id: string, timeoutMs = 20_000) =>
  waitFor(
    async () => {
      const job = await get(id);
      return job.finishedAt !== null && job;
    },
    { what: `job ${id} has ended`, timeoutMs },
  );
const itemsOf = async (id: string): Promise<JobItem[]> =>
  (await expectOk(api.call("GET", `/jobs/${id}/items?limit=200`))).items;

/** By instance: how many revisions it has, and the version that it runs. */
async function revisionsOf({ instanceIds }: Fleet) {
  const rows = await api.database.db
    .selectFrom("revisions")
    .innerJoin("versions", "versions.id", "revisions.version_id")
    .select(["instance_id", "revisions.number", "versions.number as version"])
    .where("instance_id", "in", instanceIds)
    .orderBy("revisions.number")
    .execute();
  return instanceIds.map((id) =>
    rows.filter((row) => row.instance_id === id).map(({ number, version }) => `${number} v${version}`),
  );
}

describe("of a fleet of which some are ready", () => {
  let fleet: Fleet;
  const BOTH = ["1 v1", "2 v2"];
  const ONE = ["1 v1"];
  beforeAll(async () => {
    fleet = await createFleet(api, {
      key: "mixed",
      labels: ["canary"],
      configs: [LIMIT_SET, URL_SET, LIMIT_SET, LIMIT_SET],
    });
    const [, , drafted, paused] = fleet.instanceIds;
    await fleet.publish(needsLimit);
    const values = { ...LIMIT_SET, region: "us" };
    await expectOk(api.call("PUT", `/instances/${drafted}/config`, { values }));
    await expectOk(api.call("POST", `/instances/${paused}/pause`, {}));
    await expectOk(
      api.call("POST", "/instances", {
        customerId: fleet.customerId,
        integrationId: fleet.integrationId,
        name: "never deployed",
        labels: ["canary"],
      }),
    );
  });

  test("a dry run lists what would become of each and changes nothing", async () => {
    const all = async () => [
      await api.database.db.selectFrom("instances").selectAll().orderBy("id").execute(),
      await revisionsOf(fleet),
      await api.database.db.selectFrom("endpoint_counter").selectAll().execute(),
      await api.database.db.selectFrom("queue").selectAll().execute(),
    ];
    const before = await all();
    const { id } = await post(fleet, { dryRun: true, filter: { labels: ["canary"] } });
    const job = await ended(id);
    expect(job).toMatchObject({
      state: "done",
      dryRun: true,
      parameters: { version: 2 },
      counts: { total: 4, changed: 2, refused: 2, queued: 0, unchanged: 0, failed: 0, skipped: 0 },
    });
    expect(job.temporalUiUrl).toContain(encodeURIComponent("/upgrade-instances/"));
    const [ready, lacking, drafted, paused] = (await itemsOf(id)).toReversed();
    expect(ready).toMatchObject({
      instanceId: fleet.instanceIds[0],
      instanceName: "mixed 0",
      customerName: "Customer of mixed",
      state: "changed",
      result: { fromVersion: 1, toVersion: 2, revision: null, changes: { config: { changed: ["limit"] } } },
    });
    expect(lacking).toMatchObject({
      state: "refused",
      code: "request/instance-incomplete",
      problems: [{ field: "limit", message: '"Limit" needs a value' }],
    });
    expect(drafted).toMatchObject({
      state: "refused",
      code: "request/conflict",
      problems: [{ field: "region", message: "saved and not deployed" }],
    });
    expect(paused).toMatchObject({ state: "changed" });
    expect(await all()).toEqual(before);
  });

  test("the job upgrades those, paused ones too, tells of it, and refuses the others", async () => {
    const events = await openEvents(api.url, api.ownerToken);
    const urls = async () =>
      (await expectOk(api.call("GET", `/instances/${fleet.instanceIds[0]}/flows`))).items;
    const before = await urls();
    const { id } = await post(fleet, { note: "spring" });
    await ended(id);
    expect(await revisionsOf(fleet)).toEqual([BOTH, ONE, ONE, BOTH]);
    const [ready, , , paused] = (await itemsOf(id)).toReversed();
    expect(ready?.result).toMatchObject({ revision: 2, revisionId: expect.any(String) });
    expect(paused).toMatchObject({ state: "changed", code: null, finishedAt: expect.any(String) });
    const shown = await expectOk(api.call("GET", `/instances/${fleet.instanceIds[3]}`));
    expect(shown).toMatchObject({ activity: "paused", version: 2, deployedRevision: 2 });
    const { items } = await expectOk(api.call("GET", `/instances/${fleet.instanceIds[0]}/revisions`));
    expect(items[0]).toMatchObject({ note: "spring", createdBy: (await get(id)).createdBy });
    expect(await urls()).toEqual(before);
    await waitFor(() => events.ids("jobs").includes(id), { what: "the job is told of" });
    await waitFor(() => events.ids("instances").includes(fleet.instanceIds[0] ?? ""), {
      what: "the upgraded instance is told of",
    });
    await events.close();
  });

  test("again, it finds those unchanged, and takes a draft where it may", async () => {
    const { id } = await post(fleet, { drafts: "deploy" });
    expect(await ended(id)).toMatchObject({ counts: { changed: 1, refused: 1, unchanged: 2 } });
    expect(await revisionsOf(fleet)).toEqual([BOTH, ONE, BOTH, BOTH]);
    const refused = await expectOk(api.call("GET", `/jobs/${id}/items?state=refused`));
    expect(refused.items).toHaveLength(1);
  });

  test("one that needs an approval is refused with the list of it", async () => {
    await fleet.publish({ ...needsLimit, permissions: { net: ["ledger.example:443", "crm.example"] } });
    const { id } = await post(fleet, { to: 3, filter: { instanceIds: fleet.instanceIds.slice(0, 1) } });
    await ended(id);
    expect(await itemsOf(id)).toMatchObject([
      {
        state: "refused",
        code: "request/approval-required",
        problems: [{ field: "/permissions", message: "net crm.example" }],
      },
    ]);
  });
});

test("the author's checks see each instance's values, in a dry run too", async () => {
  const fleet = await createFleet(api, { key: "checked", configs: [{ url: "good" }, { url: "bad" }] });
  const url = { type: "string", label: "URL", check: "function" } as const; // as const: a definition's own words
  await fleet.publish({ config: { ...EXAMPLE_DEFINITION.config, url } });
  for (const dryRun of [true, false]) {
    const { id } = await post(fleet, { dryRun });
    expect(await ended(id)).toMatchObject({ counts: { changed: 1, refused: 1 } });
    const refused = await expectOk(api.call("GET", `/jobs/${id}/items?state=refused`));
    expect(refused.items).toMatchObject([
      {
        instanceId: fleet.instanceIds[1],
        code: "request/invalid",
        problems: [{ field: "url", message: expect.stringContaining("is bad") }],
      },
    ]);
  }
  expect(await revisionsOf(fleet)).toEqual([["1 v1", "2 v2"], ["1 v1"]]);
});

describe("of ten instances", () => {
  const ten = (key: string) =>
    createFleet(api, { key, configs: Array.from({ length: 10 }, () => LIMIT_SET) });
  /** Temporal notices a dead worker after ten seconds: the other tests are run meanwhile. */
  let orphan: { id: string; fleet: Fleet; stop(): Promise<void> };

  /** As a person's call would that takes long; returns how to let go. */
  async function holdInstance(id = ""): Promise<() => Promise<void>> {
    const release = Promise.withResolvers<void>();
    const isHeld = Promise.withResolvers<void>();
    const holding = api.database.db.transaction().execute(async (transaction) => {
      await transaction.selectFrom("instances").select("id").where("id", "=", id).forUpdate().execute();
      isHeld.resolve();
      await release.promise;
    });
    await isHeld.promise;
    return () => {
      release.resolve();
      return holding;
    };
  }

  test("two jobs at once leave each with one new revision", async () => {
    const fleet = await ten("twice");
    await fleet.publish(needsLimit);
    const both = await Promise.all([post(fleet), post(fleet)]);
    const [one, two] = await Promise.all(both.map(({ id }) => ended(id)));
    expect(await revisionsOf(fleet)).toEqual(fleet.instanceIds.map(() => ["1 v1", "2 v2"]));
    expect((one?.counts.changed ?? 0) + (two?.counts.changed ?? 0)).toBe(10);
    expect((one?.counts.unchanged ?? 0) + (two?.counts.unchanged ?? 0)).toBe(10);
  });

  test("a worker that is killed leaves what it did done, and the rest to be done", async () => {
    const fleet = await ten("killed");
    await fleet.publish(needsLimit);
    const options = { databaseUrl: api.database.url, temporalAddress, taskQueue: otherQueue };
    const doomed = fork(PROCESS, [JSON.stringify(options)], { execArgv: ["--no-node-snapshot"] });
    await once(doomed, "message");
    const release = await holdInstance(fleet.instanceIds[5]);
    jobs.setQueue(otherQueue);
    const { id } = await post(fleet);
    await waitFor(async () => (await get(id)).counts.changed === 5, { what: "five are done" });
    jobs.setQueue();
    doomed.kill("SIGKILL");
    await once(doomed, "exit");
    await release();
    const next = await startJobWorker(options);
    orphan = { id, fleet, stop: next.stop };
    expect((await revisionsOf(fleet)).map((list) => list.length)).toEqual([2, 2, 2, 2, 2, 1, 1, 1, 1, 1]);
  });

  test("a cancelled job changes nothing more, and says what it left out", async () => {
    const fleet = await ten("cancelled");
    await fleet.publish(needsLimit);
    const { id } = await post(fleet, { ratePerMinute: 12 });
    await waitFor(async () => (await get(id)).counts.changed > 0, { what: "the first is done" });
    const cancelled = await expectOk(api.call("POST", `/jobs/${id}/cancel`));
    expect(cancelled).toMatchObject({ state: "cancelled", counts: { queued: 0, total: 10 } });
    expect(cancelled.counts.changed + cancelled.counts.skipped).toBe(10);
    expect(cancelled.counts.skipped).toBeGreaterThan(5);
    const revisions = await revisionsOf(fleet);
    expect(revisions.filter((list) => list.length === 2)).toHaveLength(cancelled.counts.changed);
    expect(await expectOk(api.call("POST", `/jobs/${id}/cancel`))).toEqual(cancelled);
  });

  test("a job whose workflow was terminated is asked for again and goes on", async () => {
    const fleet = await ten("terminated");
    await fleet.publish(needsLimit);
    jobs.setQueue(testTemporal().taskQueue);
    const { id } = await post(fleet);
    const { organizationId, database } = api;
    const handle = jobs.worker.temporal.client.workflow.getHandle(
      jobWorkflowIdOf({ organizationId, kind: "upgrade-instances", jobId: id }),
    );
    await waitFor(() => handle.describe(), { what: "its workflow was started" });
    jobs.setQueue();
    await handle.terminate("test");
    const deadline = new Date(Date.now() + 60_000);
    const requests = () =>
      database.db
        .selectFrom("requests")
        .select("id")
        .where("kind", "=", "run-job")
        .where("state", "in", ["queued", "running"])
        .execute();
    await waitFor(async () => (await requests()).length === 0, { what: "nobody is asked to run it" });
    await requeueJobs(database.db, { idleMs: 60_000, deadline });
    expect(await requests()).toEqual([]);
    await requeueJobs(database.db, { idleMs: 0, deadline });
    expect(await ended(id)).toMatchObject({ counts: { changed: 10 } });
  });

  test("a job cancelled in Temporal is cancelled here", async () => {
    const fleet = await ten("stopped");
    await fleet.publish(needsLimit);
    const { id } = await post(fleet, { ratePerMinute: 12 });
    await waitFor(async () => (await get(id)).counts.changed > 0, { what: "the first is done" });
    const { organizationId } = api;
    await jobs.worker.temporal.client.workflow
      .getHandle(jobWorkflowIdOf({ organizationId, kind: "upgrade-instances", jobId: id }))
      .cancel();
    expect(await ended(id)).toMatchObject({ state: "cancelled" });
  });

  test("another worker finishes the killed one's job, each with one new revision", async () => {
    const { id, fleet, stop } = orphan;
    expect(await ended(id, 40_000)).toMatchObject({ state: "done", counts: { changed: 10, total: 10 } });
    await stop();
    expect(await revisionsOf(fleet)).toEqual(fleet.instanceIds.map(() => ["1 v1", "2 v2"]));
  });
});

test("what ended long ago is removed, item by item, then the job", async () => {
  const { db } = api.database;
  const [old = "", recent = ""] = (
    await db.selectFrom("jobs").select("id").where("finished_at", "is not", null).orderBy("id").execute()
  ).map(({ id }) => id);
  await db
    .updateTable("jobs")
    .set({ finished_at: new Date(Date.now() - 7_200_000) })
    .where("id", "=", old)
    .execute();
  while ((await sweepJobs(db, { keptMs: 3_600_000, limit: 1 })) > 0);
  const left = await db.selectFrom("jobs").select("id").where("id", "in", [old, recent]).execute();
  expect(left.map(({ id }) => id)).not.toContain(old);
  expect(await db.selectFrom("job_items").select("job_id").where("job_id", "=", old).execute()).toEqual([]);
});

describe("a job is not made", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(api, { key: "refusing", configs: [LIMIT_SET] });
  });

  test.each([
    ["of an integration that is not there", () => ({ integrationId: createId() }), "422 /integrationId"],
    ["to a version that is not there", () => ({ to: 9 }), "422 /to"],
    [
      "of an instance that is not there",
      () => ({ filter: { instanceIds: [createId()] } }),
      "422 /filter/instanceIds",
    ],
    ["to a word", () => ({ to: "newest" }), "400 /to"],
    ["at no pace", () => ({ ratePerMinute: 0 }), "400 /ratePerMinute"],
    ["by a field that there is not", () => ({ filter: { colour: "red" } }), "400 /filter/colour"],
  ])("%s", async (_, fields, expected) => {
    const body = { integrationId: fleet.integrationId, ...fields() };
    const answer = await api.call("POST", "/jobs/upgrade-instances", body);
    expect(`${answer.status} ${answer.body.field}`).toBe(expected);
  });

  test("to a version that was withdrawn", async () => {
    const path = `/integrations/${fleet.integrationId}/versions/1`;
    await expectOk(api.call("POST", `${path}/withdraw`, { reason: "r" }));
    const refused = { integrationId: fleet.integrationId, to: 1 };
    expect(await api.call("POST", "/jobs/upgrade-instances", refused)).toMatchObject({
      status: 409,
      body: { field: "/to" },
    });
    await expectOk(api.call("POST", `${path}/restore`));
  });

  test("by another organization, which sees none either", async () => {
    const call = api.callAs((await api.addOrganization()).token);
    const answer = await call("POST", "/jobs/upgrade-instances", { integrationId: fleet.integrationId });
    expect(answer).toMatchObject({ status: 422, body: { field: "/integrationId" } });
    const { id } = await post(fleet);
    for (const path of [`/jobs/${id}`, `/jobs/${id}/items`])
      expect((await call("GET", path)).status).toBe(404);
    expect((await call("POST", `/jobs/${id}/cancel`)).status).toBe(404);
    expect((await expectOk(call("GET", "/jobs"))).items).toEqual([]);
    expect(await ended(id)).toMatchObject({ state: "done", counts: { unchanged: 1 } });
  });
});
