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

/** An instance on version 1 of an integration whose version 2 is published. */
async function withNext(key: string, next: Partial<DefinitionInput>) {
  const deployed = await deployExample(api.call, { ...EXAMPLE_DEFINITION, key });
  const bundle = JSON.stringify({ ...EXAMPLE_DEFINITION, key, ...next });
  await expectOk(api.call("POST", "/integrations/publish", { bundle }));
  const path = `/instances/${deployed.instance.id}`;
  return { ...deployed, path, upgrade: (body: object) => api.call("POST", `${path}/upgrade`, body) };
}
const needsToken = {
  config: { ...EXAMPLE_DEFINITION.config, token: { type: "string", label: "Token" } },
} as const satisfies Partial<DefinitionInput>;

test("an upgrade that needs new values is refused with all of them and changes nothing", async () => {
  const { path, upgrade } = await withNext("needs", needsToken);
  const before = await expectOk(api.call("GET", path));
  expect(before).toMatchObject({ version: 1, latestVersion: 2 });
  expect(await upgrade({})).toMatchObject({
    status: 409,
    body: {
      code: "request/instance-incomplete",
      problems: [{ field: "token", message: '"Token" needs a value' }],
    },
  });
  expect(await upgrade({ values: { token: 1 } })).toMatchObject({
    status: 400,
    body: { problems: [{ field: "token", message: "must be text, not a number (1)" }] },
  });
  expect(await expectOk(api.call("GET", path))).toEqual(before);
});

test("with its values it is one call: version, config and revision, and the URLs stay", async () => {
  const { path, upgrade, flows } = await withNext("whole", needsToken);
  expect(await upgrade({ values: { token: "t" } })).toMatchObject({
    status: 200,
    body: { version: 2, deployedRevision: 2, config: { url: "https://ledger.example", token: "t" } },
  });
  const { items } = await expectOk(api.call("GET", `${path}/revisions`));
  expect(items[0]).toMatchObject({
    number: 2,
    version: 2,
    note: "To version 2",
    createdBy: expect.any(String),
  });
  const after = await expectOk(api.call("GET", `${path}/flows`));
  const urls = (list: { webhookUrl: string }[]) => list.map(({ webhookUrl }) => webhookUrl);
  expect(urls(after.items)).toEqual(urls(flows));
  expect(await upgrade({})).toMatchObject({ status: 409, body: { field: "/version" } });
  expect(await upgrade({ version: 1 })).toMatchObject({
    status: 200,
    body: { version: 1, deployedRevision: 3 },
  });
});

test("one that widens permissions waits for its approval", async () => {
  const { path, upgrade } = await withNext("widens", {
    permissions: { net: ["ledger.example:443", "crm.example"] },
  });
  expect(await upgrade({})).toMatchObject({ status: 409, body: { code: "request/approval-required" } });
  await expectOk(api.call("POST", `${path}/approve`, { version: 2 }));
  expect(await upgrade({})).toMatchObject({ status: 200, body: { version: 2 } });
});

test("a version that is not there or was withdrawn is not taken", async () => {
  const { upgrade, integration } = await withNext("gone", needsToken);
  expect(await upgrade({ version: 9 })).toMatchObject({ status: 422, body: { field: "/version" } });
  await expectOk(
    api.call("POST", `/integrations/${integration.id}/versions/2/withdraw`, { reason: "wrong" }),
  );
  expect(await upgrade({ version: 2, values: { token: "t" } })).toMatchObject({
    status: 409,
    body: { code: "request/conflict", field: "/version" },
  });
});

test("of many at once one wins, the others are told of the conflict", async () => {
  const { instance, upgrade } = await withNext("race", needsToken);
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => upgrade({ values: { token: "t" }, edit: instance.edit })),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
});
