import { afterAll, beforeAll, expect, test } from "vitest";
import type { DefinitionInput } from "#contract/definition.ts";
import {
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  startTestApi,
  type TestApi,
} from "../support/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const steps = [{ type: "step" as const, key: "only" }];
const definition: DefinitionInput = {
  ...EXAMPLE_DEFINITION,
  key: "registers",
  flows: [
    { key: "push", trigger: { type: "webhook" }, steps },
    { key: "register", trigger: { type: "deploy" }, steps },
    { key: "unregister", trigger: { type: "deploy", on: "delete" }, steps },
  ],
};

test("each deploy queues the flows that are for it, which are told where webhooks arrive", async () => {
  const { instance, flows } = await deployExample(api.call, definition);
  const [run] = instance.deployRuns;
  expect(instance).toMatchObject({
    deployedRevision: 1,
    deployRuns: [{ flowKey: "register", state: "queued", error: null }],
  });
  const execution = await expectOk(api.call("GET", `/executions/${run.executionId}`));
  expect(execution).toMatchObject({ trigger: "deploy", revision: 1, isTest: false });
  const payload = await expectOk(api.call("GET", `/executions/${run.executionId}/payload`));
  const push = flows.find(({ key }: { key: string }) => key === "push");
  expect(JSON.parse(payload.body)).toEqual({
    event: "deploy",
    revision: 1,
    version: 1,
    webhooks: { push: push.webhookUrl },
  });

  const again = await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, {}));
  expect(again.deployRuns).toMatchObject([{ flowKey: "register", state: "queued" }]);
  expect(again.deployRuns[0].executionId).not.toBe(run.executionId);
});

test("an instance whose deploy flow fails is deployed, and shows the failure", async () => {
  const { instance } = await deployExample(api.call, { ...definition, key: "failing" });
  await api.database.db
    .updateTable("executions")
    .set({ state: "failed", error: JSON.stringify({ code: "step/threw", message: "HTTP 500" }) })
    .where("id", "=", instance.deployRuns[0].executionId)
    .execute();
  const shown = await expectOk(api.call("GET", `/instances/${instance.id}`));
  expect(shown).toMatchObject({
    deployedRevision: 1,
    deployRuns: [{ state: "failed", error: { code: "step/threw", message: "HTTP 500" } }],
  });
});

test("a deploy of a paused instance runs its deploy flows all the same", async () => {
  const { instance } = await deployExample(api.call, { ...definition, key: "paused" });
  await expectOk(api.call("POST", `/instances/${instance.id}/pause`, {}));
  const deployed = await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, {}));
  const row = await api.database.db
    .selectFrom("queue")
    .select("status")
    .where("execution_id", "=", deployed.deployRuns[0].executionId)
    .executeTakeFirst();
  expect(row).toEqual({ status: 0 });
});
