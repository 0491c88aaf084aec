import { afterAll, beforeAll, expect, test } from "vitest";
import {
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  startTestApi,
  type TestApi,
} from "../support/test-api.ts";

let api: TestApi;
let deployed: Awaited<ReturnType<typeof deployExample>>;
beforeAll(async () => {
  api = await startTestApi();
  deployed = await deployExample(api.call);
});
afterAll(() => api.stop());

const configure = (id: string, values: object) =>
  expectOk(api.call("PUT", `/instances/${id}/config`, { values }));
const url = "https://ledger.example";

test("a test of the draft runs what is saved, in a revision that is never deployed", async () => {
  const { instance, flows } = deployed;
  await configure(instance.id, { url, limit: 77 });
  const flow = flows.find(({ key }: { key: string }) => key === "push");
  const body = {
    draft: true,
    method: "PUT",
    query: "a=1",
    headers: { "x-a": "b" },
    contentType: "text/csv",
    body: "1,2",
  };
  const { executionId, revisionId } = await expectOk(api.call("POST", `/flows/${flow.id}/test`, body));
  expect(await expectOk(api.call("GET", `/executions/${executionId}`))).toMatchObject({
    revisionId,
    revision: 1,
    draft: true,
    isTest: true,
    trigger: "test",
  });
  expect(await expectOk(api.call("GET", `/executions/${executionId}/payload`))).toMatchObject({
    method: "PUT",
    query: "a=1",
    headers: [
      ["content-type", "text/csv"],
      ["x-a", "b"],
    ],
    body: "1,2",
  });

  const list = async (query: string) =>
    (await expectOk(api.call("GET", `/instances/${instance.id}/revisions${query}`))).items;
  expect(await list("?drafts=true")).toMatchObject([
    { id: revisionId, draft: true, number: 1, current: false, config: { url, limit: 77 } },
  ]);
  expect(await list("")).toMatchObject([{ draft: false, number: 1, current: true, config: { limit: 10 } }]);
  const after = await expectOk(api.call("GET", `/instances/${instance.id}`));
  expect(after).toMatchObject({ deployedRevision: 1, config: { url, limit: 77 } });
});

test("the same draft is the same revision, another one the next; deploys count apart", async () => {
  const { instance } = deployed;
  const run = async () =>
    (await expectOk(api.call("POST", `/instances/${instance.id}/flows/ping/test`, { draft: true })))
      .revisionId;
  await configure(instance.id, { url, limit: 78 });
  const first = await run();
  expect(await run()).toBe(first);
  await configure(instance.id, { url, limit: 79 });
  expect(await run()).not.toBe(first);
  const again = await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, {}));
  expect(again.deployedRevision).toBe(2);
  // A revision's number never finds a draft.
  expect((await api.call("POST", `/instances/${instance.id}/rollback`, { revision: 3 })).status).toBe(404);
});

test("a draft that was never deployed is tested by its flow's key, and its URL answers 410 until then", async () => {
  const made = await expectOk(
    api.call("POST", "/instances", {
      customerId: deployed.customer.id,
      integrationId: deployed.integration.id,
      name: "Not deployed",
    }),
  );
  const path = `/instances/${made.id}/flows/push/test`;
  expect(await api.call("POST", path, { draft: true })).toMatchObject({
    status: 409,
    body: { code: "request/instance-incomplete", problems: [{ field: "url" }] },
  });
  await configure(made.id, { url });
  expect(await api.call("POST", path, {})).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining('test the draft with "draft": true') },
  });
  const { executionId } = await expectOk(api.call("POST", path, { draft: true }));
  expect(await expectOk(api.call("GET", `/executions/${executionId}`))).toMatchObject({ draft: true });
  const before = await expectOk(api.call("GET", `/instances/${made.id}/flows`));
  expect(before.items.map(({ removed }: { removed: boolean }) => removed)).toEqual([true, true]);
  const hook = (flow: { webhookUrl: string }) =>
    fetch(`${api.url}${new URL(flow.webhookUrl).pathname}`, { method: "POST" });
  expect((await hook(before.items[0])).status).toBe(410);
  await expectOk(api.call("POST", `/instances/${made.id}/deploy`, {}));
  const { items } = await expectOk(api.call("GET", `/instances/${made.id}/flows`));
  expect(items).toMatchObject(before.items.map(({ id }: { id: string }) => ({ id, removed: false })));
});

test("a draft of a version that asks for more is tested with what is granted", async () => {
  const { instance } = deployed;
  const wider = { ...EXAMPLE_DEFINITION, permissions: { net: ["ledger.example:443", "b.example"] } };
  await expectOk(api.call("POST", "/integrations/publish", { bundle: JSON.stringify(wider) }));
  await expectOk(api.call("PATCH", `/instances/${instance.id}`, { version: 2 }));
  await expectOk(api.call("POST", `/instances/${instance.id}/flows/push/test`, { draft: true }));
  const { items } = await expectOk(api.call("GET", `/instances/${instance.id}/revisions?drafts=true`));
  expect(items[0]).toMatchObject({ version: 2, grants: { net: { allow: ["ledger.example:443"] } } });
});

test("a flow that the draft's version does not have is not tested", async () => {
  const answer = await api.call("POST", `/instances/${deployed.instance.id}/flows/other/test`, {
    draft: true,
  });
  expect(answer).toMatchObject({
    status: 404,
    body: { detail: expect.stringMatching(/version 2, which has no flow "other"; it has push, ping$/) },
  });
});
