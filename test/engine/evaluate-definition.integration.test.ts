import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_POLICY } from "#contract/effective-permissions.ts";
import { createId } from "#contract/create-id.ts";
import type { DefinitionReport, Sandbox } from "#contract/sandbox.ts";
import { insertBundle } from "#db/bundles.ts";
import { evaluateDefinition } from "#engine/evaluate-definition.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
const organizationId = createId();
const sha256 = "a".repeat(64);

beforeAll(async () => {
  database = await createTestDatabase();
  await insertBundle(database.db, organizationId, { sha256, code: "1;", sourceMap: undefined });
});
afterAll(() => database.drop());

const definition = {
  format: 1,
  key: "shop",
  name: "Shop",
  flows: [{ key: "order", trigger: { type: "webhook" }, steps: [{ type: "step", key: "s" }] }],
};

/** Evaluates the stored bundle in a sandbox that gives these reports in turn. */
function evaluate(...reports: DefinitionReport[]) {
  const sandbox: Pick<Sandbox, "readDefinition"> = {
    readDefinition: () => Promise.resolve(reports.shift() ?? { outcome: "crashed" }),
  };
  return evaluateDefinition(
    { db: database.db, sandbox, policy: () => DEFAULT_POLICY },
    { organizationId, input: { bundleSha256: sha256 }, signal: new AbortController().signal },
  );
}
const declares = (value: object): DefinitionReport => ({
  outcome: "ok",
  definitionJson: JSON.stringify(value),
});

test("a definition that is the same twice is taken", async () => {
  const result = await evaluate(declares(definition), declares(definition));
  expect(result.definition).toMatchObject({ key: "shop", isolation: "integration" });
});

test("a definition that differs between two evaluations is refused, with where", async () => {
  const other = { ...definition, flows: [{ ...definition.flows[0], key: "order-2" }] };
  await expect(evaluate(declares(definition), declares(other))).rejects.toMatchObject({
    code: "request/definition-refused",
    field: "flows[0].key",
    message: expect.stringContaining("different definitions, in flows[0].key"),
  });
});

test("a definition whose keys only change their order is refused too", async () => {
  const { format, ...rest } = definition;
  await expect(evaluate(declares(definition), declares({ ...rest, format }))).rejects.toThrow(
    "different definitions (the order of their keys)",
  );
});

test("an evaluation that throws is the author's to mend, one that crashes is not", async () => {
  const error = { name: "TypeError", message: "no" };
  await expect(evaluate({ outcome: "threw", error })).rejects.toMatchObject({
    code: "request/definition-refused",
  });
  await expect(evaluate({ outcome: "crashed" })).rejects.toMatchObject({ code: "engine/crashed" });
});
