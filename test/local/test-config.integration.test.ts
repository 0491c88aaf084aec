import { expect, test } from "vitest";
import { testCheck, testOptions } from "millrace/testing";
import integration from "../fixtures/crm-config.ts";

test("the choices of a picklist are those that its function fetches", async () => {
  const asked: string[] = [];
  const choices = await testOptions(integration, "project", {
    config: { url: "http://127.0.0.1:1", region: "us" },
    fetch: async (request) => {
      asked.push(await request.text());
      return Response.json(["us-1"]);
    },
  });
  expect(choices).toEqual([{ value: "us-1", label: "us-1" }]);
  expect(asked).toEqual(['{"region":"us"}']);
});

test("a check says what is wrong, or nothing", async () => {
  expect(await testCheck(integration, "project", { config: { project: "us-1" } })).toBe("lies not in eu");
  expect(await testCheck(integration, "project", { config: { project: "eu-1" } })).toBeUndefined();
});

test("a function that fails is told with the author's error", async () => {
  await expect(testOptions(integration, "broken")).rejects.toThrow(
    '"broken" failed: Error: no projects today',
  );
  const config = { url: "http://127.0.0.1:1" };
  await expect(testOptions(integration, "project", { config })).rejects.toThrow("has no answer in this test");
  await expect(testCheck(integration, "odd", { config: { odd: 11 } })).rejects.toThrow("neither true nor");
  await expect(
    // @ts-expect-error a number
    testCheck(integration, "odd", { config: { odd: "1" } }),
  ).rejects.toThrow('odd: must be a number, not text ("1")');
});
