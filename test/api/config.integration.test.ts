import { Ajv2020 } from "ajv/dist/2020.js";
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

const optional = { required: false } as const;
const DEFINITION: DefinitionInput = {
  ...EXAMPLE_DEFINITION,
  key: "all-types",
  config: {
    url: { type: "string", label: "URL", help: "Of the ledger" },
    note: { type: "text", label: "Note", ...optional },
    limit: { type: "number", label: "Limit", default: 10 },
    dry: { type: "boolean", label: "Dry run", ...optional },
    from: { type: "date", label: "From", ...optional, page: "Times" },
    since: { type: "timestamp", label: "Since", ...optional, page: "Times" },
    region: { type: "picklist", label: "Region", options: ["eu", "us"], default: "eu" },
    map: { type: "code", label: "Map", language: "xml", ...optional, visibleTo: "organization" },
    when: { type: "schedule", label: "When", ...optional },
    tags: { type: "list", label: "Tags", ...optional },
    sizes: { type: "list", label: "Sizes", items: "number", ...optional },
    headers: { type: "key-value-list", label: "Headers", ...optional },
  },
};
const VALUES = {
  url: "https://l.example",
  note: "a\nb",
  limit: 3,
  dry: true,
  from: "2026-11-24",
  since: "2026-11-24T19:55:00Z",
  region: "us",
  map: "<a/>",
  when: "0 3 * * *",
  tags: ["a"],
  sizes: [1, 2],
  headers: [{ key: "x", value: "y" }],
};

test("values of every type are saved, deployed, and refused all at once where they do not fit", async () => {
  const { instance } = await deployExample(api.call, DEFINITION);
  const save = (values: object) => api.call("PUT", `/instances/${instance.id}/config`, { values });
  expect(await save(VALUES)).toMatchObject({ status: 200, body: { config: VALUES } });
  await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, {}));
  const { items } = await expectOk(api.call("GET", `/instances/${instance.id}/revisions`));
  expect(items[0].config).toEqual(VALUES);

  const wrong = { ...VALUES, limit: "3", from: "24.11.2026", tags: "a", headers: [{ key: "x" }] };
  expect(await save(wrong)).toMatchObject({
    status: 400,
    body: {
      code: "request/invalid",
      problems: [
        { field: "limit", message: 'must be a number, not text ("3")' },
        { field: "from", message: 'must be a date such as 2026-11-24, not text ("24.11.2026")' },
        { field: "tags", message: 'must be a list, not text ("a")' },
        { field: "headers", message: 'item 1 "value" must be text, not missing' },
      ],
    },
  });
  const kept = await expectOk(api.call("GET", `/instances/${instance.id}`));
  expect(kept.config).toEqual(VALUES);
});

test("a partial save is a draft: it is kept, and what a deploy would ask for is listed", async () => {
  const { instance } = await deployExample(api.call, DEFINITION);
  const draft = await expectOk(
    api.call("PUT", `/instances/${instance.id}/config`, { values: { tags: ["b"] } }),
  );
  expect(draft).toMatchObject({
    configuration: "incomplete",
    missing: [{ field: "url" }],
    deployedRevision: 1,
  });
  expect(await api.call("POST", `/instances/${instance.id}/deploy`, {})).toMatchObject({
    status: 409,
    body: { code: "request/instance-incomplete", problems: [{ field: "url" }] },
  });
});

test("a default that does not fit its variable is refused at publish", async () => {
  const config = { day: { type: "date", label: "Day", default: "today" } } as const;
  const bundle = JSON.stringify({ ...DEFINITION, key: "bad-default", config });
  expect(await api.call("POST", "/integrations/publish", { bundle })).toMatchObject({
    status: 422,
    body: {
      code: "request/definition-refused",
      detail: expect.stringContaining("config.day.default: must be a date"),
    },
  });
});

test("the schema of a version takes what the server takes, and has the hints of a form", async () => {
  const { integration, version } = await deployExample(api.call, DEFINITION);
  const path = `/integrations/${integration.id}/versions/${version.number}/config-schema`;
  const schema = await expectOk(api.call("GET", path));
  expect(schema).toMatchObject({
    title: "Orders",
    required: ["url"],
    properties: {
      url: {
        type: "string",
        title: "URL",
        description: "Of the ledger",
        "x-millrace": { order: 0, page: null },
      },
      since: { format: "date-time", "x-millrace": { type: "timestamp", page: "Times" } },
      map: { "x-millrace": { type: "code", language: "xml", visibleTo: "organization" } },
      limit: { type: "number", default: 10 },
    },
    "x-millrace": { integration: "all-types", pages: [null, "Times"] },
  });
  const ofCustomer = await expectOk(api.call("GET", `${path}?audience=customer`));
  const { map: _, ...shown } = schema.properties;
  expect(Object.keys(ofCustomer.properties)).toEqual(Object.keys(shown));
  const ajv = new Ajv2020({ keywords: ["x-millrace"], validateFormats: false });
  const isValid = ajv.compile(schema);
  expect(isValid(VALUES)).toBe(true);
  for (const wrong of [{}, { ...VALUES, limit: "3" }, { ...VALUES, other: 1 }, { ...VALUES, headers: [{}] }])
    expect(isValid(wrong)).toBe(false);
  expect((await api.call("GET", path.replace(/\d+\/config/, "99/config"))).status).toBe(404);
});
