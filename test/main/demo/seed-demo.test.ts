import { expect, test } from "vitest";
import { createApiClient } from "#main/demo/api-client.ts";
import { seedDemo } from "#main/demo/seed-demo.ts";
import { FakeApi } from "./fake-api.ts";

const secrets = { signingSecret: "a-signing-secret", apiKey: "mk_0123456789abcdefghij" };

function seed(fake: FakeApi, change: { code?: string; ledgerUrl?: string; secrets?: typeof secrets } = {}) {
  return seedDemo({
    api: createApiClient({
      apiUrl: "http://millrace.test",
      token: "t",
      signal: new AbortController().signal,
      fetch: fake.fetch,
    }),
    bundle: { code: change.code ?? "1", sourceMap: "" },
    ledgerUrl: change.ledgerUrl ?? "http://127.0.0.1:9",
    secrets: change.secrets ?? secrets,
  });
}

test("the first start makes everything and deploys it", async () => {
  const fake = new FakeApi();
  const demo = await seed(fake);
  expect(fake.changes).toEqual([
    "POST /customers",
    "POST /integrations/publish",
    "POST /instances",
    "PUT /instances/*/config",
    "POST /instances/*/deploy",
    "PUT /flows/*/signing-secret",
    "POST /flows/*/api-keys",
  ]);
  expect(demo).toEqual({
    customerId: fake.customers[0]?.["id"],
    integrationId: fake.integrationId,
    instanceId: fake.instances[0]?.["id"],
    flows: { push: { webhookUrl: "http://127.0.0.1:1/hooks/t", ...secrets } },
  });
  expect(fake.instances[0]).toMatchObject({
    deployedRevision: 1,
    config: { ledgerUrl: "http://127.0.0.1:9" },
  });
  expect(fake.signingSecret).toBe(secrets.signingSecret);
});

test("a later start changes nothing and finds the same", async () => {
  const fake = new FakeApi();
  const first = await seed(fake);
  fake.calls.length = 0;
  expect(await seed(fake)).toEqual(first);
  expect(fake.changes).toEqual(["POST /integrations/publish", "PUT /flows/*/signing-secret"]);
});

test("a start that broke off in the middle is taken up", async () => {
  const fake = new FakeApi();
  const { fetch } = fake;
  const broken = Object.assign(Object.create(fake) as FakeApi, {
    fetch: (url: string, init: RequestInit) =>
      url.endsWith("/deploy") ? Promise.reject(new Error("killed")) : fetch(url, init),
  });
  await expect(seed(broken)).rejects.toThrow("killed");
  await seed(fake);
  expect(fake.customers).toHaveLength(1);
  expect(fake.instances).toHaveLength(1);
  expect(fake.instances[0]).toMatchObject({ deployedRevision: 1 });
});

test("another ledger address is saved beside what a person configured, and deployed", async () => {
  const fake = new FakeApi();
  await seed(fake);
  Object.assign(fake.instances[0] ?? {}, { config: { ledgerUrl: "http://127.0.0.1:9", branch: "*" } });
  await seed(fake, { ledgerUrl: "http://127.0.0.1:10" });
  expect(fake.instances[0]).toMatchObject({
    config: { ledgerUrl: "http://127.0.0.1:10", branch: "*" },
    deployedRevision: 2,
  });
});

test("a changed source is deployed once; a rollback of a person's stays", async () => {
  const fake = new FakeApi();
  await seed(fake);
  await seed(fake, { code: "2" });
  expect(fake.instances[0]).toMatchObject({ version: 2, deployedRevision: 2 });
  Object.assign(fake.instances[0] ?? {}, { version: 1 });
  await seed(fake, { code: "2" });
  expect(fake.instances[0]).toMatchObject({ version: 1, deployedRevision: 2 });
});

test("a key that is in force is not added again, a new one is", async () => {
  const fake = new FakeApi();
  await seed(fake);
  await seed(fake);
  expect(fake.apiKeys).toHaveLength(1);
  await seed(fake, { secrets: { ...secrets, apiKey: "mk_another-key-of-the-demo" } });
  expect(fake.apiKeys).toHaveLength(2);
});

test("a problem of the API's is told with its call and code", async () => {
  const problem = { type: "", title: "", status: 403, detail: "not yours", code: "request/forbidden" };
  const api = (body: string, status: number) =>
    createApiClient({
      apiUrl: "http://millrace.test",
      token: "t",
      signal: new AbortController().signal,
      fetch: () => Promise.resolve(new Response(body, { status })),
    });
  const bundle = { code: "1", sourceMap: "" };
  await expect(
    seedDemo({ api: api(JSON.stringify(problem), 403), bundle, ledgerUrl: "", secrets }),
  ).rejects.toMatchObject({
    code: "request/forbidden",
    message: "GET /customers?search=demo was answered 403: not yours",
  });
  await expect(
    seedDemo({ api: api("bad gateway", 502), bundle, ledgerUrl: "", secrets }),
  ).rejects.toMatchObject({
    code: "engine/start",
    message: "GET /customers?search=demo was answered 502: bad gateway",
  });
});
