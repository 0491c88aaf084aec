import { afterAll, beforeAll, expect, test } from "vitest";
import { deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

test("an integration is published, deployed for a customer, and takes webhooks", async () => {
  const { call } = api;
  const { instance, flows } = await deployExample(call);
  expect(instance).toMatchObject({ deployedRevision: 1, configuration: "complete", activity: "enabled" });
  const ping = flows.find((flow: { key: string }) => flow.key === "ping");
  const path = new URL(ping.webhookUrl).pathname;
  const accepted = await fetch(`${api.url}${path}`, { method: "POST", body: '{"a":1}' });
  expect(accepted.status).toBe(202);
  const { executionId } = (await accepted.json()) as { executionId: string };
  const execution = await expectOk(call("GET", `/executions/${executionId}`));
  expect(execution).toMatchObject({
    id: executionId,
    state: "queued",
    trigger: "webhook",
    flowKey: "ping",
    revision: 1,
  });
  expect(execution.temporalUiUrl).toContain(encodeURIComponent(execution.temporal.workflowId));
  const payload = await expectOk(call("GET", `/executions/${executionId}/payload`));
  expect(payload).toMatchObject({ method: "POST", encoding: "utf8", body: '{"a":1}' });
});
