import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { LIMITS } from "#contract/limits.ts";
import {
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  startTestApi,
  type TestApi,
} from "../support/test-api.ts";

let api: TestApi;
let example: Awaited<ReturnType<typeof deployExample>>;
beforeAll(async () => {
  api = await startTestApi();
  example = await deployExample(api.call);
});
afterAll(() => api.stop());

interface Bad {
  what: string;
  method: string;
  path(): string;
  body?: unknown;
  status: number;
  field?: string;
}

const customer = (): string => `/customers/${example.customer.id}`;
const instance = (rest = ""): string => `/instances/${example.instance.id}${rest}`;
const flow = (rest: string): string => `/flows/${example.flows[0].id}${rest}`;
const bad: Bad[] = [
  { what: "no name", method: "POST", path: () => "/customers", body: {}, status: 400, field: "/name" },
  {
    what: "a blank name",
    method: "POST",
    path: () => "/customers",
    body: { name: "  " },
    status: 400,
    field: "/name",
  },
  {
    what: "a long name",
    method: "POST",
    path: () => "/customers",
    body: { name: "x".repeat(201) },
    status: 400,
    field: "/name",
  },
  {
    what: "an unknown field",
    method: "POST",
    path: () => "/customers",
    body: { name: "a", nmae: 1 },
    status: 400,
    field: "/nmae",
  },
  {
    what: "a label twice",
    method: "POST",
    path: () => "/customers",
    body: { name: "a", labels: ["x", "x"] },
    status: 400,
    field: "/labels",
  },
  { what: "a list as the body", method: "POST", path: () => "/customers", body: [], status: 400, field: "/" },
  {
    what: "a number as a name",
    method: "PATCH",
    path: customer,
    body: { name: 1 },
    status: 400,
    field: "/name",
  },
  { what: "an id that is none", method: "GET", path: () => "/customers/1", status: 400, field: "/id" },
  {
    what: "an unknown filter",
    method: "GET",
    path: () => "/customers?serach=x",
    status: 400,
    field: "/serach",
  },
  { what: "a limit of 0", method: "GET", path: () => "/customers?limit=0", status: 400, field: "/limit" },
  {
    what: "a limit above the most",
    method: "GET",
    path: () => "/customers?limit=201",
    status: 400,
    field: "/limit",
  },
  {
    what: "a cursor of one's own",
    method: "GET",
    path: () => "/executions?cursor=abc",
    status: 400,
    field: "/cursor",
  },
  {
    what: "a state that is none",
    method: "GET",
    path: () => "/executions?state=done",
    status: 400,
    field: "/state/0",
  },
  {
    what: "a time without a zone",
    method: "GET",
    path: () => "/executions?from=2026-01-01T00:00:00",
    status: 400,
    field: "/from",
  },
  {
    what: "version 0",
    method: "GET",
    path: () => `/integrations/${example.integration.id}/versions/0`,
    status: 400,
    field: "/number",
  },
  {
    what: "a version that is not there",
    method: "GET",
    path: () => `/integrations/${example.integration.id}/versions/99`,
    status: 404,
  },
  {
    what: "a version that is not there",
    method: "PATCH",
    path: instance,
    body: { version: 99 },
    status: 422,
    field: "/version",
  },
  {
    what: "another edit",
    method: "PATCH",
    path: instance,
    body: { name: "n", edit: 999 },
    status: 409,
    field: "/edit",
  },
  {
    what: "an unknown variable",
    method: "PUT",
    path: () => instance("/config"),
    body: { values: { nope: 1 } },
    status: 400,
    field: "nope",
  },
  {
    what: "an object as a value",
    method: "PUT",
    path: () => instance("/config"),
    body: { values: { url: {} } },
    status: 400,
    field: "url",
  },
  {
    what: "a revision that is not there",
    method: "POST",
    path: () => instance("/rollback"),
    body: { revision: 99 },
    status: 404,
  },
  {
    what: "an empty reason",
    method: "POST",
    path: () => instance("/pause"),
    body: { reason: "" },
    status: 400,
    field: "/reason",
  },
  {
    what: "an empty secret",
    method: "PUT",
    path: () => flow("/signing-secret"),
    body: { secret: "" },
    status: 400,
    field: "/secret",
  },
  {
    what: "a short key of one's own",
    method: "POST",
    path: () => flow("/api-keys"),
    body: { name: "k", apiKey: "short" },
    status: 400,
    field: "apiKey",
  },
  {
    what: "a method that no sender has",
    method: "POST",
    path: () => flow("/test"),
    body: { method: "TRACE" },
    status: 400,
    field: "/method",
  },
  {
    what: "a path without a slash",
    method: "POST",
    path: () => flow("/test"),
    body: { path: "x" },
    status: 400,
    field: "/path",
  },
  {
    what: "a role that is none",
    method: "POST",
    path: () => "/tokens",
    body: { name: "t", role: "root" },
    status: 400,
    field: "/role",
  },
  {
    what: "a token for 1,000 days",
    method: "POST",
    path: () => "/tokens",
    body: { name: "t", expiresInDays: 1000 },
    status: 400,
    field: "/expiresInDays",
  },
  {
    what: "no bundle",
    method: "POST",
    path: () => "/integrations/publish",
    body: {},
    status: 400,
    field: "/bundle",
  },
  {
    what: "a definition that is none",
    method: "POST",
    path: () => "/integrations/publish",
    body: { bundle: "{}" },
    status: 422,
  },
];

test.each(bad)("$method with $what is $status", async ({ method, path, body, status, field }) => {
  const answer = await api.call(method, path(), body);
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.body).toMatchObject({ status, requestId: answer.headers.get("x-request-id") });
  if (field !== undefined) expect(answer.body.field).toBe(field);
});

test("every field at fault is named", async () => {
  const { body } = await api.call("POST", "/customers", { name: "", labels: "x", extra: 1 });
  expect(body.problems.map(({ field }: { field: string }) => field)).toEqual(["/name", "/labels", "/extra"]);
});

describe("a body", () => {
  const send = (headers: Record<string, string>, body: string) =>
    fetch(`${api.url}/api/v1/customers`, {
      method: "POST",
      headers: { authorization: `Bearer ${api.ownerToken}`, ...headers },
      body,
    });

  test("that is not JSON is 400", async () => {
    expect((await send({ "content-type": "application/json" }, "{")).status).toBe(400);
  });
  test("of another type is 415", async () => {
    expect((await send({ "content-type": "text/plain" }, "name=x")).status).toBe(415);
  });
  test("above the limit is 413", async () => {
    const body = JSON.stringify({ name: "x", description: "x".repeat(LIMITS.apiBodyBytes) });
    expect((await send({ "content-type": "application/json" }, body)).status).toBe(413);
  });
});

test("a bundle above the limit is 413 and names the field", async () => {
  const bundle = "é".repeat(LIMITS.bundleBytes / 2 + 1);
  expect(await api.call("POST", "/integrations/publish", { bundle })).toMatchObject({
    status: 413,
    body: { field: "/bundle" },
  });
});

test("two customers cannot have one external id", async () => {
  await expectOk(api.call("POST", "/customers", { name: "one", externalId: "crm-1" }));
  const two = await expectOk(api.call("POST", "/customers", { name: "two" }));
  for (const answer of [
    await api.call("POST", "/customers", { name: "three", externalId: "crm-1" }),
    await api.call("PATCH", `/customers/${two.id}`, { externalId: "crm-1" }),
  ])
    expect(answer).toMatchObject({ status: 409, body: { field: "/externalId" } });
});

test("a customer with instances is not deleted, one without is", async () => {
  expect(await api.call("DELETE", customer())).toMatchObject({
    status: 409,
    body: { code: "request/conflict" },
  });
  const { id } = await expectOk(api.call("POST", "/customers", { name: "short-lived" }));
  expect((await api.call("DELETE", `/customers/${id}`)).status).toBe(204);
  expect((await api.call("GET", `/customers/${id}`)).status).toBe(404);
});

test("an unknown path is 404, with the way to all that there are", async () => {
  const answer = await api.call("GET", `/nothing/${createId()}`);
  expect(answer).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining("/api/openapi.json") },
  });
});

test("text to search for has no wildcards", async () => {
  await expectOk(api.call("POST", "/customers", { name: "100% wool_" }));
  expect((await expectOk(api.call("GET", "/customers?search=0%25%20w"))).items).toHaveLength(1);
  expect((await expectOk(api.call("GET", "/customers?search=%25%25"))).items).toHaveLength(0);
});

test("a required variable without value keeps the instance from being deployed, with all that is missing", async () => {
  const definition = {
    ...EXAMPLE_DEFINITION,
    key: "needy",
    config: {
      a: { type: "string" as const, label: "A" },
      b: { type: "number" as const, label: "B" },
      c: { type: "string" as const, label: "C", required: false },
    },
  };
  const published = await expectOk(
    api.call("POST", "/integrations/publish", { bundle: JSON.stringify(definition) }),
  );
  const created = await expectOk(
    api.call("POST", "/instances", {
      customerId: example.customer.id,
      integrationId: published.integration.id,
      name: "Needy",
    }),
  );
  expect(created).toMatchObject({ configuration: "incomplete", deployedRevision: null });
  const refused = await api.call("POST", `/instances/${created.id}/deploy`, {});
  expect(refused).toMatchObject({ status: 409, body: { code: "request/instance-incomplete" } });
  expect(refused.body.problems.map(({ field }: { field: string }) => field)).toEqual(["a", "b"]);
});
