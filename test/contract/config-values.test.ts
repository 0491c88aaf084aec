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
    long: { type: "text", label: "Long", required: false },
    day: { type: "date", label: "Day", required: false },
    at: { type: "timestamp", label: "At", required: false },
    json: { type: "code", label: "Json", required: false },
    sql: { type: "code", label: "SQL", language: "sql", required: false },
    when: { type: "schedule", label: "When", required: false },
    tags: { type: "list", label: "Tags", required: false },
    sizes: { type: "list", label: "Sizes", items: "number", required: false },
    flags: { type: "list", label: "Flags", items: "boolean", required: false },
    headers: { type: "key-value-list", label: "Headers", required: false },
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
    ["long", "a\nb"],
    ["day", "2028-02-29"],
    ["at", "2026-11-24T19:55:00Z"],
    ["at", "2026-11-24T19:55:00.123+01:00"],
    ["json", '{"a": [1]}'],
    ["sql", "SELECT {"],
    ["when", "0 3 * * 1-5"],
    ["tags", []],
    ["tags", ["a", "a"]],
    ["sizes", [1, 2.5]],
    ["flags", [true]],
    ["headers", [{ key: "a", value: "" }]],
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
    ["pick", {}, /must be one of "a", "b", not an object/],
    ["text", "a\0b", /must hold neither NUL/],
    ["text", `${"x".repeat(50)}\ud800`, /half of a surrogate pair/],
    ["count", "three", /must be a number, not text \("three"\)/],
    ["day", "2026-02-29", /must be a date such as .*, not text \("2026-02-29"\)/],
    ["day", 20260101, /must be a date/],
    ["at", "2026-11-24T19:55:00", /must be a timestamp with its offset/],
    ["json", "{", /must be JSON: /],
    ["json", { a: 1 }, /must be text, not an object/],
    ["when", "0 25 * * *", /hour/],
    ["when", "daily", /five fields/],
    ["tags", "a", /must be a list, not text/],
    ["tags", ["a", 1], /item 2 must be text, not a number \(1\)/],
    ["tags", Array(1_001).fill("a"), /at most 1000 items, it has 1001/],
    ["sizes", ["1"], /item 1 must be a number/],
    ["flags", [0], /item 1 must be true or false/],
    ["headers", { a: "b" }, /must be a list, not an object/],
    ["headers", ["a"], /item 1 must be an object such as/],
    ["headers", [{ key: "a" }], /item 1 "value" must be text, not missing/],
    ["headers", [{ key: "", value: "b" }], /item 1 "key" must not be empty/],
    ["headers", [{ key: "a", value: "b", more: 1 }], /item 1 has "more"/],
    ["other", "x", /no such variable; it has "text", "count", "on", "pick", "long"/],
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
    ...Object.fromEntries(Object.keys(definition.config).map((key) => [key, null])),
    text: "x",
    count: 3,
    on: false,
  });
});

test("values that a new version cannot use are left behind", () => {
  expect(keepFitting(definition, { text: "x", count: "now text", gone: 1 })).toEqual({ text: "x" });
});
