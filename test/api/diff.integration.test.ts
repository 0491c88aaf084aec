import { afterAll, beforeAll, expect, test } from "vitest";
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

async function deployTwice(key: string) {
  const definition = { ...EXAMPLE_DEFINITION, key };
  const deployed = await deployExample(api.call, definition);
  const next = {
    ...definition,
    config: { ...definition.config, token: { type: "string", label: "Token" } },
    permissions: { net: ["ledger.example:443", "crm.example"] },
    flows: definition.flows.slice(0, 1),
  };
  await expectOk(api.call("POST", "/integrations/publish", { bundle: JSON.stringify(next) }));
  const path = `/instances/${deployed.instance.id}`;
  await expectOk(api.call("PUT", `${path}/config`, { values: { url: "https://b.example" } }));
  return { ...deployed, path };
}

test("what is deployed is compared with the draft, with revisions, and with a version that it could move to", async () => {
  const { path } = await deployTwice("diffed");
  const value = { key: "url", change: "changed", fields: ["value"] };
  expect(await expectOk(api.call("GET", `${path}/diff`))).toMatchObject({
    from: { revision: 1, version: 1 },
    to: { revision: null, version: 1 },
    config: [value],
    permissions: { gained: [], lost: [] },
    flows: [],
    missing: [],
  });
  await expectOk(api.call("POST", `${path}/deploy`, {}));
  expect(await expectOk(api.call("GET", `${path}/diff?from=1&to=2`))).toMatchObject({
    from: { revision: 1 },
    to: { revision: 2 },
    config: [
      { ...value, before: { value: "https://ledger.example" }, after: { value: "https://b.example" } },
    ],
  });
  expect(await expectOk(api.call("GET", `${path}/diff?to=v2`))).toMatchObject({
    from: { revision: 2, version: 1 },
    to: { revision: null, version: 2 },
    config: [{ key: "token", change: "added", before: null, after: { type: "string", value: null } }],
    permissions: { gained: [{ permission: "net", change: "allowed", rule: "crm.example" }], lost: [] },
    flows: [{ key: "ping", change: "removed", steps: [] }],
    missing: [{ field: "token" }],
  });
});

test("a side that is not there, or not one, is refused", async () => {
  const { path, customer, integration } = await deployTwice("undiffed");
  const refusals = [
    ["?from=99", 404],
    ["?to=v99", 404],
    ["?to=latest", 400],
    ["?from=0", 400],
  ] as const;
  for (const [query, status] of refusals)
    expect(await api.call("GET", `${path}/diff${query}`)).toMatchObject({ status });
  const undeployed = await expectOk(
    api.call("POST", "/instances", {
      customerId: customer.id,
      integrationId: integration.id,
      name: "Not yet",
    }),
  );
  expect(await api.call("GET", `/instances/${undeployed.id}/diff`)).toMatchObject({
    status: 422,
    body: { field: "/from" },
  });
});
