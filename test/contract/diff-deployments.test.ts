import { expect, test } from "vitest";
import { type Deployable, diffDeployments } from "#contract/diff-deployments.ts";
import type { DefinitionInput } from "#contract/definition.ts";
import { parseDefinition } from "#contract/parse-definition.ts";

const step = (key: string, more: object = {}) => ({ type: "step" as const, key, ...more });
const base: DefinitionInput = {
  format: 1,
  key: "k",
  name: "K",
  config: {
    url: { type: "string", label: "URL" },
    limit: { type: "number", label: "Limit", default: 1 },
    old: { type: "string", label: "Old", required: false },
  },
  permissions: { net: ["a.example"] },
  flows: [
    { key: "push", trigger: { type: "webhook" }, steps: [step("a"), step("b")] },
    { key: "gone", trigger: { type: "webhook" }, steps: [step("a")] },
  ],
};

function deployable(change: Partial<DefinitionInput>, config: Deployable["config"]): Deployable {
  const definition = parseDefinition(JSON.stringify({ ...base, ...change }));
  return { definition, config, grants: definition.permissions };
}
const before = deployable({}, { url: "x", limit: 1, old: null });

test("equal deployments have no difference, in whatever order their keys are kept", () => {
  const sorted: Deployable = {
    ...before,
    definition: {
      ...before.definition,
      config: Object.fromEntries(Object.entries(before.definition.config).toReversed()),
    },
  };
  expect(diffDeployments(before, sorted)).toEqual({
    config: [],
    permissions: { gained: [], lost: [] },
    flows: [],
  });
});

test("config added, removed, of another type, default and value is told with both sides", () => {
  const after = deployable(
    {
      config: {
        url: { type: "text", label: "URL" },
        limit: { type: "number", label: "Limit", default: 2 },
        more: { type: "boolean", label: "More" },
      },
    },
    { url: "y", limit: 1, more: null },
  );
  expect(diffDeployments(before, after).config).toEqual([
    {
      key: "url",
      change: "changed",
      fields: ["type", "value"],
      before: { type: "string", default: null, value: "x" },
      after: { type: "text", default: null, value: "y" },
    },
    {
      key: "limit",
      change: "changed",
      fields: ["default"],
      before: { type: "number", default: 1, value: 1 },
      after: { type: "number", default: 2, value: 1 },
    },
    {
      key: "more",
      change: "added",
      fields: [],
      before: null,
      after: { type: "boolean", default: null, value: null },
    },
    {
      key: "old",
      change: "removed",
      fields: [],
      before: { type: "string", default: null, value: null },
      after: null,
    },
  ]);
});

test("permissions are told as gained and lost, flows and steps by their keys", () => {
  const after = deployable(
    {
      permissions: { net: ["b.example"] },
      flows: [
        { key: "push", trigger: { type: "webhook" }, steps: [step("a", { timeoutMs: 500 }), step("c")] },
        { key: "fresh", trigger: { type: "webhook" }, steps: [step("a")] },
      ],
    },
    before.config,
  );
  const { permissions, flows } = diffDeployments(before, after);
  expect(permissions).toEqual({
    gained: [{ permission: "net", change: "allowed", rule: "b.example" }],
    lost: [{ permission: "net", change: "allowed", rule: "a.example" }],
  });
  expect(flows).toEqual([
    {
      key: "push",
      change: "changed",
      fields: ["steps"],
      steps: [
        { key: "a", change: "changed", fields: ["timeoutMs"] },
        { key: "c", change: "added", fields: [] },
        { key: "b", change: "removed", fields: [] },
      ],
    },
    { key: "fresh", change: "added", fields: [], steps: [] },
    { key: "gone", change: "removed", fields: [], steps: [] },
  ]);
});
