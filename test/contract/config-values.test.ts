import { describe, expect, test } from "vitest";
import { checkConfigValues, findMissing, keepFitting, resolveConfig } from "#contract/config-values.ts";
import { definitionSchema } from "#contract/definition.ts";
import type { Json } from "#contract/json.ts";

const definition = definitionSchema.parse({
  format: 1,
  key: "k",
  name: "K",
  config: {
    text: { type: "string", label: "Text" },
    count: { type: "number", label: "Count", default: 3 },
    on: { type: "boolean", label: "On", required: false },
    pick: { type: "picklist", label: "Pick", options: ["a", "b"], required: false },
  },
  connections: { ledger: { type: "api-key", label: "Ledger", hosts: ["l.example"] } },
  flows: [{ key: "f", trigger: { type: "webhook" }, steps: [{ type: "step", key: "s" }] }],
});

describe("a value of its type fits", () => {
  const fitting: [string, Json][] = [
    ["text", ""],
    ["text", "x"],
    ["count", 0],
    ["count", -1.5],
    ["on", false],
    ["pick", "b"],
  ];
  test.each(fitting)("%s: %j", (key, value) =>
    expect(checkConfigValues(definition, { [key]: value })).toEqual([]),
  );
});

describe("any other value is refused with the variable's name and what it must be", () => {
  const unfit: [string, Json, RegExp][] = [
    ["text", 1, /must be text, not a number/],
    ["text", null, /must be text, not null/],
    ["text", ["x"], /must be text, not a list/],
    ["text", "x".repeat(100_001), /at most 100000 characters/],
    ["count", "3", /must be a number, not text/],
    ["count", true, /must be a number, not a boolean/],
    ["on", "true", /must be true or false, not text/],
    ["on", 0, /must be true or false, not a number/],
    ["pick", "c", /must be one of "a", "b"/],
    ["pick", {}, /must be one of "a", "b"/],
    ["other", "x", /no such variable; it has "text", "count", "on", "pick"/],
    ["constructor", "x", /no such variable/],
  ];
  test.each(unfit)("%s: %j", (key, value, message) => {
    expect(checkConfigValues(definition, { [key]: value })).toEqual([
      { field: key, message: expect.stringMatching(message) },
    ]);
  });
});

test("all problems are told at once", () => {
  expect(checkConfigValues(definition, { text: 1, count: "x", on: true })).toHaveLength(2);
});

test("what is missing: required variables without value or default, and connections", () => {
  expect(findMissing(definition, {}).map(({ field }) => field)).toEqual(["text", "ledger"]);
  expect(findMissing(definition, { text: "" }).map(({ field }) => field)).toEqual(["ledger"]);
});

test("a revision's config has every variable: the value, else the default, else null", () => {
  expect(resolveConfig(definition, { text: "x", on: false })).toEqual({
    text: "x",
    count: 3,
    on: false,
    pick: null,
  });
});

test("values that a new version cannot use are left behind", () => {
  expect(keepFitting(definition, { text: "x", count: "now text", gone: 1 })).toEqual({ text: "x" });
});
