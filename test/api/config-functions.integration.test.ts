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
/** For tests that change nothing. */
let shared: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  api = await startTestApi();
  shared = await deploy();
});
afterAll(() => api.stop());

const DEFINITION: DefinitionInput = {
  ...EXAMPLE_DEFINITION,
  key: "with-functions",
  config: {
    url: { type: "string", label: "URL", check: "function" },
    secret: {
      type: "string",
      label: "Secret",
      required: false,
      visibleTo: "organization",
      check: "function",
    },
    region: { type: "picklist", label: "Region", options: ["eu", "us"], default: "eu" },
    project: { type: "picklist", label: "Project", options: "function", required: false },
    limit: { type: "number", label: "Limit", required: false, visibleTo: "organization" },
  },
};
let key = 0;
const deploy = () => deployExample(api.call, { ...DEFINITION, key: `with-functions-${(key += 1)}` });
const optionsOf = (id: string, variable: string, values?: object) =>
  api.call(
    "GET",
    `/instances/${id}/config/${variable}/options${values === undefined ? "" : `?values=${encodeURIComponent(JSON.stringify(values))}`}`,
  );
const countRequests = async () => {
  const query = api.database.db.selectFrom("requests").where("kind", "=", "fetch-config-options");
  return (await query.select("id").execute()).length;
};

test("choices are fetched with the draft's values and given ones, and kept for a minute", async () => {
  const { instance } = shared;
  const before = await countRequests();
  const url = "https://ledger.example";
  const { items, fetchedAt } = await expectOk(optionsOf(instance.id, "project"));
  expect(JSON.parse(items[0].value)).toEqual({ url, region: "eu" });
  expect(JSON.parse(items[1].value)).toEqual({ net: { allow: ["ledger.example:443"], deny: [] } });
  expect((await expectOk(optionsOf(instance.id, "project"))).fetchedAt).toBe(fetchedAt);
  expect(await countRequests()).toBe(before + 1);
  const others = await expectOk(optionsOf(instance.id, "project", { region: "us" }));
  expect(JSON.parse(others.items[0].value)).toEqual({ url, region: "us" });
  expect((await expectOk(optionsOf(instance.id, "region"))).items).toEqual([
    { value: "eu", label: "eu" },
    { value: "us", label: "us" },
  ]);
  // Chosen once, it stays: choices change.
  const values = { project: "whatever it is called", url };
  await expectOk(api.call("PUT", `/instances/${instance.id}/config`, { values }));
});

test("a version that asks for more fetches with what is granted, until that is approved", async () => {
  const { instance, integration } = await deploy();
  const wider = {
    ...DEFINITION,
    key: integration.key,
    permissions: { net: ["ledger.example:443", "b.example"] },
  };
  await expectOk(api.call("POST", "/integrations/publish", { bundle: JSON.stringify(wider) }));
  await expectOk(api.call("PATCH", `/instances/${instance.id}`, { version: 2 }));
  const grants = async () => {
    const { items } = await expectOk(optionsOf(instance.id, "project"));
    return JSON.parse(items[1].value).net.allow;
  };
  expect(await grants()).toEqual(["ledger.example:443"]);
  await expectOk(api.call("POST", `/instances/${instance.id}/approve`, { version: 2 }));
  expect(await grants()).toEqual(["ledger.example:443", "b.example"]);
});

test.each([
  {
    what: "no variable of the version",
    variable: "nothing",
    status: 404,
    detail: "it has url, limit, region, secret, project",
  },
  {
    what: "not a picklist",
    variable: "url",
    status: 422,
    detail: "is a string: only a picklist has options",
  },
  {
    what: "values that do not fit",
    values: { region: "mars" },
    status: 400,
    detail: 'must be one of "eu", "us"',
  },
  { what: "values that are no object", values: [], status: 400, detail: "must be a JSON object of values" },
])("options are refused for $what", async ({ variable = "project", values, status, detail }) => {
  const answer = await optionsOf(shared.instance.id, variable, values);
  expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
});

test("options need the right to build, and an instance of one's own", async () => {
  const { instance } = shared;
  const path = `/instances/${instance.id}/config/project/options`;
  expect((await api.callAs(await api.tokenFor("operator"))("GET", path)).status).toBe(403);
  const { token } = await api.addOrganization();
  expect((await api.callAs(token)("GET", path)).status).toBe(404);
});

test("a value that its author's check refuses is neither saved, taken at creation nor deployed", async () => {
  const { instance, integration, customer } = await deploy();
  const refusal = {
    status: 400,
    body: {
      code: "request/invalid",
      problems: [{ field: "url", message: 'is refused by the integration: is bad; given was text ("bad")' }],
    },
  };
  const save = (values: object) => api.call("PUT", `/instances/${instance.id}/config`, { values });
  expect(await save({ url: "bad" })).toMatchObject(refusal);
  expect((await expectOk(api.call("GET", `/instances/${instance.id}`))).config.url).not.toBe("bad");
  const made = { customerId: customer.id, integrationId: integration.id, name: "Other" };
  expect(await api.call("POST", "/instances", { ...made, config: { url: "bad" } })).toMatchObject(refusal);
  // Saved before the version had its check.
  await api.database.db
    .updateTable("instances")
    .set({ config: JSON.stringify({ url: "bad" }) })
    .where("id", "=", instance.id)
    .execute();
  expect(await api.call("POST", `/instances/${instance.id}/deploy`, {})).toMatchObject(refusal);
  await expectOk(
    api.call("POST", "/integrations/publish", {
      bundle: JSON.stringify({ ...DEFINITION, key: integration.key, name: "Next" }),
    }),
  );
  const values = { url: "bad" };
  expect(await api.call("POST", `/instances/${instance.id}/upgrade`, { values })).toMatchObject(refusal);
  expect(await api.call("POST", `/instances/${instance.id}/rollback`, { revision: 1 })).toMatchObject({
    status: 200,
  });
});

test("what is hidden from the customer's people is not shown in a refusal", async () => {
  const { instance } = shared;
  const save = (values: object) => api.call("PUT", `/instances/${instance.id}/config`, { values });
  expect(await save({ secret: "bad" })).toMatchObject({
    body: { problems: [{ field: "secret", message: "is refused by the integration: is bad" }] },
  });
  expect(await save({ limit: "hush" })).toMatchObject({
    body: { problems: [{ field: "limit", message: "must be a number" }] },
  });
});

test("a check that throws is the author's fault, and nothing is saved", async () => {
  const { instance } = shared;
  const answer = await api.call("PUT", `/instances/${instance.id}/config`, { values: { url: "throw" } });
  expect(answer).toMatchObject({
    status: 424,
    body: { code: "step/config-failed", detail: "The check failed: Error: no (a.ts:1:1)" },
  });
});
