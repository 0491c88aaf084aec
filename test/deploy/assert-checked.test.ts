import { expect, test } from "vitest";
import { parseDefinition } from "#contract/parse-definition.ts";
import { assertChecked, type CheckedValues } from "#deploy/assert-checked.ts";

const definition = parseDefinition(
  JSON.stringify({
    format: 1,
    key: "crm",
    name: "CRM",
    config: {
      project: { type: "string", label: "Project", check: "function", required: false },
      limit: { type: "number", label: "Limit", required: false },
    },
    flows: [{ key: "order", trigger: { type: "call" }, steps: [{ type: "step", key: "s" }] }],
  }),
);
const values = { project: "eu-1", limit: 1 };
const check = (checked: CheckedValues | undefined, stored: CheckedValues) => () =>
  assertChecked(checked, { instanceId: "i-1", definition, ...stored });

test("values that a check saw may be stored, as they were seen and for that version alone", () => {
  const seen = { versionId: "v-1", values };
  expect(check(seen, { versionId: "v-1", values: { limit: 1, project: "eu-1" } })).not.toThrow();
  expect(check(seen, { versionId: "v-2", values })).toThrow("was changed while its values were checked");
  expect(check(seen, { versionId: "v-1", values: { ...values, limit: 2 } })).toThrow("was changed while");
});

test("values that no check saw are stored only where none is to see them", () => {
  expect(check(undefined, { versionId: "v-1", values: { limit: 1 } })).not.toThrow();
  expect(check(undefined, { versionId: "v-1", values: { project: null } })).not.toThrow();
  expect(check(undefined, { versionId: "v-1", values })).toThrow(
    "must see (project): deploy it by POST /api/v1/instances/i-1/deploy",
  );
});
