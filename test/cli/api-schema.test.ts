import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clientTypes } from "#api/client-types.ts";
import { describeApi } from "#api/describe-api.ts";
import type { components } from "#cli/api-schema.ts";
import type { Customer } from "#contract/api/customers.ts";
import type { Execution } from "#contract/api/executions.ts";
import type { Instance } from "#contract/api/instances.ts";

test("the client's types are those of the API's description; else run: npm run generate", () => {
  const file = new URL("../../src/cli/api-schema.ts", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(clientTypes(describeApi()));
});

test("the generated types are those that the contract's schemas have", () => {
  type Schemas = components["schemas"];
  // Compiles where each is assignable to the other.
  const same = (
    customer: Customer,
    execution: Execution,
    instance: Instance,
  ): [Schemas["Customer"], Schemas["Execution"], Schemas["Instance"]] => [customer, execution, instance];
  const back = (schemas: Schemas): [Customer, Execution, Instance] => [
    schemas.Customer,
    schemas.Execution,
    schemas.Instance,
  ];
  expect([same, back]).toHaveLength(2);
});

test("a schema that has no TypeScript is an error, not unknown", () => {
  const document = { openapi: "3.1.0", info: { title: "", version: "" }, paths: {} };
  const schemas = { Odd: { type: "file" } };
  // An impossible type, which the document's own types would not let pass.
  expect(() => clientTypes({ ...document, components: { schemas } } as never)).toThrow("type file");
});
