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

const customer = (): string => `/customers/${example.customer.id}`;

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

  test("of another type is 415", async () => {
    expect((await send({ "content-type": "text/plain" }, "name=x")).status).toBe(415);
  });
  test("above the limit is 413", async () => {
    const body = JSON.stringify({ name: "x", description: "x".repeat(LIMITS.apiBodyBytes) });
    expect((await send({ "content-type": "application/json" }, body)).status).toBe(413);
  });
});

test("a customer with instances is deleted only where its name confirms that, one without at once", async () => {
  expect(await api.call("DELETE", customer())).toMatchObject({
    status: 409,
    body: { code: "request/conflict", field: "/confirm" },
  });
  expect(await api.call("DELETE", `${customer()}?confirm=Somebody`)).toMatchObject({
    status: 422,
    body: { code: "request/unprocessable", field: "/confirm" },
  });
  const { id } = await expectOk(api.call("POST", "/customers", { name: "short-lived" }));
  expect((await api.call("DELETE", `/customers/${id}?confirm=long-lived`)).status).toBe(422);
  expect((await api.call("DELETE", `/customers/${id}`)).status).toBe(204);
  expect((await api.call("GET", `/customers/${id}`)).status).toBe(404);
});

test("a customer that is being deleted is shown so, and takes no instance and no second deletion", async () => {
  const { id } = await expectOk(api.call("POST", "/customers", { name: "Doomed & Sons" }));
  const instance = { customerId: id, integrationId: example.integration.id, name: "One" };
  await expectOk(api.call("POST", "/instances", instance));
  const path = `/customers/${id}?confirm=${encodeURIComponent("Doomed & Sons")}`;
  const accepted = await api.call("DELETE", path);
  expect(accepted).toMatchObject({ status: 202, body: { requestId: expect.any(String) } });
  expect(await expectOk(api.call("GET", `/customers/${id}`))).toMatchObject({
    deletingAt: expect.any(String),
  });
  expect(await api.call("POST", "/instances", instance)).toMatchObject({
    status: 409,
    body: { field: "/customerId" },
  });
  expect(await api.call("DELETE", path)).toMatchObject({ status: 409 });
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
