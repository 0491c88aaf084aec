import { afterAll, beforeAll, expect, test } from "vitest";
import { deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
let path: string;
beforeAll(async () => {
  api = await startTestApi();
  const { instance } = await deployExample(api.call);
  path = `/instances/${instance.id}/state`;
});
afterAll(() => api.stop());

test("an operator sees, sets and deletes what steps keep", async () => {
  expect((await api.call("PUT", path, { key: "cursor", value: { page: 3 } })).status).toBe(204);
  expect((await api.call("PUT", path, { key: "cursor", flow: "push", value: null })).status).toBe(204);
  const { items } = await expectOk(api.call("GET", path));
  expect(items).toMatchObject([
    { flow: null, key: "cursor", value: { page: 3 }, executionId: null },
    { flow: "push", key: "cursor", value: null },
  ]);
  expect((await api.call("DELETE", `${path}?key=cursor&flow=push`)).status).toBe(204);
  expect((await expectOk(api.call("GET", path))).items).toHaveLength(1);
  expect(await api.call("DELETE", `${path}?key=cursor&flow=push`)).toMatchObject({
    status: 404,
    body: { code: "request/not-found" },
  });
});

test.each([
  [{ key: "", value: 1 }, "/key"],
  [{ key: "k" }, "/value"],
  [{ key: "k", value: "x".repeat(70_000) }, "/value"],
  [{ key: "k", value: 1, owner: "me" }, ""],
])("a bad value is refused by the field's name", async (body, field) => {
  const answer = await api.call("PUT", path, body);
  expect(answer).toMatchObject({ status: 400, body: { code: "request/invalid" } });
  if (field !== "") expect(answer.body.field).toBe(field);
});
