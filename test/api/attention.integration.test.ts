import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ATTENTION_REASONS, type AttentionReason } from "#contract/attention.ts";
import { createId } from "#contract/create-id.ts";
import type { DefinitionInput } from "#contract/definition.ts";
import { removeRefutedFailures } from "#db/failing-instances.ts";
import { finalizeExecutions } from "#db/finalize-executions.ts";
import { instanceCondition } from "#db/instance-filter.ts";
import { failQueued } from "#db/queue.ts";
import { endByHistory } from "#db/reconcile.ts";
import { EXAMPLE_DEFINITION, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
let customerId: string;
let integrationId: string;

const NIGHTLY: DefinitionInput = {
  ...EXAMPLE_DEFINITION,
  key: "nightly",
  flows: [
    ...EXAMPLE_DEFINITION.flows,
    {
      key: "nightly",
      trigger: { type: "schedule", timetable: { cron: "0 3 * * *" }, timeZone: "UTC" },
      steps: [{ type: "step", key: "only" }],
    },
  ],
};

beforeAll(async () => {
  api = await startTestApi();
  customerId = (await expectOk(api.call("POST", "/customers", { name: "Acme" }))).id;
  integrationId = (await publish("one")).integration.id;
});
afterAll(() => api.stop());

const publish = (description: string) =>
  expectOk(
    api.call("POST", "/integrations/publish", { bundle: JSON.stringify({ ...NIGHTLY, description }) }),
  );

async function create(config: object = { url: "https://a.example" }): Promise<string> {
  const body = { customerId, integrationId, name: createId(), config };
  return (await expectOk(api.call("POST", "/instances", body))).id;
}

async function deploy(): Promise<{ id: string; flowId: string }> {
  const id = await create();
  await expectOk(api.call("POST", `/instances/${id}/deploy`, {}));
  const { items } = await expectOk(api.call("GET", `/instances/${id}/flows`));
  return { id, flowId: items[0].id };
}

const attentionOf = async (id: string): Promise<AttentionReason[]> =>
  (await expectOk(api.call("GET", `/instances/${id}`))).attention;

async function listed(attention: string): Promise<string[]> {
  const { items } = await expectOk(api.call("GET", `/instances?attention=${attention}&limit=200`));
  return items.map((item: { id: string }) => item.id);
}

/** What the answer says of it is what each filter finds it by. */
async function expectAttention(id: string, reasons: AttentionReason[]): Promise<void> {
  expect(await attentionOf(id)).toEqual(reasons);
  for (const reason of ATTENTION_REASONS)
    expect([reason, (await listed(reason)).includes(id)]).toEqual([reason, reasons.includes(reason)]);
  expect((await listed("any")).includes(id)).toBe(reasons.length > 0);
}

describe("an instance needs attention", () => {
  test("while its configuration lacks something", async () => {
    const id = await create({});
    await expectAttention(id, ["missing-config"]);
    await expectOk(api.call("PUT", `/instances/${id}/config`, { values: { url: "https://a.example" } }));
    await expectAttention(id, []);
    await expectOk(api.call("PUT", `/instances/${id}/config`, { values: { limit: 3 } }));
    await expectAttention(id, ["missing-config"]);
  });

  test("while a tick of its schedule is overdue, unless it is paused", async () => {
    const { id } = await deploy();
    await api.database.db
      .updateTable("schedules")
      .set({ next_fire_at: new Date(Date.now() - 10 * 60_000) })
      .where("instance_id", "=", id)
      .execute();
    await expectAttention(id, ["schedule-overdue"]);
    await expectOk(api.call("POST", `/instances/${id}/pause`, {}));
    await expectAttention(id, []);
  });

  test("while its version is withdrawn, and while there is a newer one", async () => {
    const id = await create();
    const { version } = await publish("two");
    await expectAttention(id, ["new-version"]);
    const path = `/integrations/${integrationId}/versions`;
    await expectOk(api.call("POST", `${path}/${version.number}/withdraw`, { reason: "broken" }));
    await expectAttention(id, []);
    await expectOk(api.call("POST", `${path}/1/withdraw`, { reason: "broken too" }));
    await expectOk(api.call("POST", `${path}/${version.number}/restore`, {}));
    await expectAttention(id, ["withdrawn-version", "new-version"]);
    await expectOk(api.call("POST", `${path}/1/restore`, {}));
    await expectOk(api.call("POST", `${path}/${version.number}/withdraw`, { reason: "for the others" }));
  });
});

describe("an instance whose last run has failed", () => {
  async function start(flowId: string, { isTest = false } = {}): Promise<string> {
    const { executionId } = await expectOk(api.call("POST", `/flows/${flowId}/test`, {}));
    await api.database.db
      .updateTable("executions")
      .set({ is_test: isTest })
      .where("id", "=", executionId)
      .execute();
    return executionId;
  }
  const failure = { code: "step/threw" as const, message: "no luck" };
  const ending = (executionId: string, state: "succeeded" | "failed" | "cancelled") => ({
    executionId,
    generation: 1,
    runId: "run",
    attempt: 1,
    seq: 1,
    state,
    error: state === "failed" ? failure : undefined,
  });
  const end = (...endings: [string, "succeeded" | "failed" | "cancelled"][]) =>
    finalizeExecutions(
      api.database.db,
      endings.map(([id, state]) => ending(id, state)),
    );
  const isFailing = async (id: string) => (await attentionOf(id)).includes("failed-last-run");

  test("needs attention until one succeeds; a test, a cancelled and an older one say nothing", async () => {
    const { id, flowId } = await deploy();
    const [older, first, cancelled, tested, later] = [
      await start(flowId),
      await start(flowId),
      await start(flowId),
      await start(flowId, { isTest: true }),
      await start(flowId),
    ];
    await end([first, "failed"]);
    await expectAttention(id, ["failed-last-run"]);
    await end([older, "succeeded"], [cancelled, "cancelled"], [tested, "succeeded"]);
    expect(await isFailing(id)).toBe(true);
    await end([later, "succeeded"]);
    await expectAttention(id, []);
  });

  test("is told by the newest of those that end together", async () => {
    const { id, flowId } = await deploy();
    const [one, two, three] = [await start(flowId), await start(flowId), await start(flowId)];
    await end([two, "failed"], [one, "succeeded"]);
    expect(await isFailing(id)).toBe(true);
    await end([three, "succeeded"], [one, "failed"]);
    expect(await isFailing(id)).toBe(false);
  });

  test("is known however the execution ended", async () => {
    const { db } = api.database;
    const endings: ((id: string) => Promise<unknown>)[] = [
      (id) => failQueued(db, id, failure),
      (id) =>
        endByHistory(db, {
          executionId: id,
          generation: 1,
          seq: 0,
          state: "lost",
          error: failure,
          finishedAt: undefined,
        }),
    ];
    for (const endIt of endings) {
      const { id, flowId } = await deploy();
      await endIt(await start(flowId));
      expect(await isFailing(id)).toBe(true);
    }
  });

  test("is taken back by upkeep where two ends have missed each other", async () => {
    const { id, flowId } = await deploy();
    const [older, newer] = [await start(flowId), await start(flowId)];
    await end([newer, "succeeded"]);
    await end([older, "failed"]);
    expect(await isFailing(id)).toBe(true);
    await removeRefutedFailures(api.database.db, { withinMs: 60_000 });
    expect(await isFailing(id)).toBe(false);
  });

  test("batches of many instances in any order do not wait for each other", async () => {
    const deployed = await Promise.all(Array.from({ length: 6 }, deploy));
    for (const state of ["failed", "succeeded", "failed"] as const) {
      const batches: string[][] = [];
      for (let batch = 0; batch < 4; batch += 1)
        batches.push(await Promise.all(deployed.map(({ flowId }) => start(flowId))));
      await Promise.all(
        batches.map((ids, at) =>
          end(
            ...(at % 2 === 0 ? ids : ids.toReversed()).map((id): [string, typeof state] => [
              id,
              at === 3 ? state : "failed",
            ]),
          ),
        ),
      );
      await removeRefutedFailures(api.database.db, { withinMs: 60_000 });
      for (const { id } of deployed) expect(await isFailing(id)).toBe(state === "failed");
    }
  });
});

test("conditions meet, page by page, and a job over many finds the same", async () => {
  const label = createId();
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    const id = await create(n === 4 ? undefined : {});
    await expectOk(
      api.call("PATCH", `/instances/${id}`, { labels: [label, "eu"], description: `for ${label}` }),
    );
    ids.push(id);
  }
  const seen: string[] = [];
  let cursor = "";
  do {
    const page = await expectOk(
      api.call(
        "GET",
        `/instances?attention=any&label=${label}&integration=${integrationId}&limit=3${cursor}`,
      ),
    );
    seen.push(...page.items.map((item: { id: string }) => item.id));
    cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
  } while (cursor !== "");
  const incomplete = ids.slice(0, 4).toReversed();
  expect(seen).toEqual(incomplete);
  const { db } = api.database;
  const condition = await instanceCondition(db, api.organizationId, {
    attention: "any",
    label,
    version: 1,
    description: label.slice(0, 13),
    state: "undeployed",
  });
  const rows = await db.selectFrom("instances").select("id").where(condition).orderBy("id", "desc").execute();
  expect(rows.map((row) => row.id)).toEqual(incomplete);
  const other = await instanceCondition(db, createId(), { label });
  expect(await db.selectFrom("instances").select("id").where(other).execute()).toEqual([]);
});

test("a reason that is none is refused", async () => {
  expect(await api.call("GET", "/instances?attention=boredom")).toMatchObject({
    status: 400,
    body: { field: "/attention" },
  });
});
