import { expect, test } from "vitest";
import { mapStack } from "#sandbox/cell/map-stack.ts";

const STACK = `Error: x\n${"    at f (integration.js:1:1)\n".repeat(200)}`;
const mapOf = (map: object) => JSON.stringify({ version: 3, names: [], mappings: "AAAA", ...map });

test("a frame of the bundle becomes the author's, one of the runtime goes", () => {
  const stack = "Error: x\n    at f (integration.js:1:1)\n    at dispatch (millrace:guest:1:1)";
  expect(mapStack(stack, "plain", mapOf({ sources: ["flow.ts"] }))).toBe("Error: x\n    at f (flow.ts:1:1)");
});

test("names of megabytes make no stack of hundreds of megabytes", () => {
  const mapped = mapStack(STACK, "long", mapOf({ sources: ["s".repeat(4_000_000)] }));
  expect(mapped.length).toBeLessThanOrEqual(30_000);
});

test("a name means nothing to the replacement that it is put in by", () => {
  const mapped = mapStack("    at f (integration.js:1:1)", "dollar", mapOf({ sources: ["$&$`$'"] }));
  expect(mapped).toBe("    at f ($&$`$':1:1)");
});

test.each([
  ["no JSON", '{"version":3,"sections":['],
  ["no map", "[]"],
  ["sources without number", mapOf({ sources: Array(50_000).fill("a.ts") })],
  ["mappings without end", mapOf({ sources: ["a.ts"], mappings: "CAAC,".repeat(1_000_000) })],
  ["sections in sections", mapOf({ sections: [{ offset: { line: 0, column: 0 }, map: {} }] })],
  ["a source that is none", mapOf({ sources: [null] })],
])("a map with %s leaves the stack as it is", (why, map) => {
  const stack = "    at f (integration.js:1:1)";
  expect(mapStack(stack, why, map)).toBe(stack);
});

test("a stack of megabytes is cut before it is read", () => {
  const stack = "    at f (integration.js:1:1)\n".repeat(100_000);
  expect(mapStack(stack, "cut", undefined).length).toBe(30_000);
});
