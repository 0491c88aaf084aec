import { expect, test } from "vitest";
import { dedupeSchema } from "#contract/webhook.ts";
import { findDedupKey, readJsonPath } from "#intake/dedup-key.ts";

const find = (config: object | undefined, headers: Record<string, string>, body = '{"id":1}') =>
  findDedupKey(config && dedupeSchema.parse(config), {
    headers,
    body: Buffer.from(body),
    content: Buffer.from(body),
  });
const hashOf = (...given: Parameters<typeof find>) => find(...given)?.keyHash.toString("hex");

test("the flow's header comes first, then its JSON path, then the standard headers, then the body", () => {
  const config = { header: "X-Id", jsonPath: "id", bodyHash: true };
  const all = { "x-id": "a", "idempotency-key": "b", "webhook-id": "c" };
  const { "x-id": _, ...withoutOwn } = all;
  expect(hashOf(config, all)).toBe(hashOf({ header: "X-Id" }, all));
  expect(hashOf(config, withoutOwn)).toBe(hashOf({ jsonPath: "id" }, {}));
  expect(hashOf(config, withoutOwn, "{}")).toBe(hashOf(undefined, withoutOwn));
  expect(hashOf(config, { "webhook-id": "c" }, "{}")).toBe(hashOf(undefined, { "webhook-id": "c" }));
  expect(hashOf(config, {}, "{}")).toBe(hashOf({ bodyHash: true }, {}, "{}"));
  expect(hashOf({ header: "X-Id" }, {})).toBeUndefined();
});

test("equal values of different sources are different keys", () => {
  const hashes = [
    hashOf({ header: "X-Id" }, { "x-id": "1" }),
    hashOf({ jsonPath: "id" }, {}),
    hashOf(undefined, { "idempotency-key": "1" }),
    hashOf(undefined, { "webhook-id": "1" }),
  ];
  expect(new Set(hashes).size).toBe(4);
});

test("only an Idempotency-Key promises equal bodies", () => {
  expect(find(undefined, { "idempotency-key": "k" })?.strict).toBe(true);
  expect(find(undefined, { "webhook-id": "k" })?.strict).toBe(false);
  expect(find({ header: "X-Id" }, { "x-id": "k" })?.strict).toBe(false);
});

test("a JSON path reads scalars and nothing else", () => {
  const body = Buffer.from('{"data":{"id":"a","n":0,"no":false,"list":[{"id":7}],"null":null}}');
  expect(readJsonPath(body, "data.id")).toBe("a");
  expect(readJsonPath(body, "data.n")).toBe("0");
  expect(readJsonPath(body, "data.no")).toBe("false");
  expect(readJsonPath(body, "data.list.0.id")).toBe("7");
  for (const path of [
    "data",
    "data.list",
    "data.null",
    "data.absent",
    "data.id.length",
    "__proto__.x",
    "toString",
  ]) {
    expect(readJsonPath(body, path), path).toBeUndefined();
  }
  expect(readJsonPath(Buffer.from("not json"), "a")).toBeUndefined();
});
