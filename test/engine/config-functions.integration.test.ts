import { afterAll, beforeAll, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { DEFAULT_POLICY } from "#contract/effective-permissions.ts";
import type { JsonObject } from "#contract/json.ts";
import { parseDefinition } from "#contract/parse-definition.ts";
import type { Sandbox } from "#contract/sandbox.ts";
import { insertBundle } from "#db/bundles.ts";
import { createEgress, type Egress } from "#egress/create-egress.ts";
import { checkConfig, fetchConfigOptions } from "#engine/config-functions.ts";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let database: TestDatabase;
let egress: Egress;
let sandbox: Sandbox;
let upstream: Upstream;
const organizationId = createId();
const [integrationId, versionId, customerId] = [createId(), createId(), createId()];
const LOCAL = { net: { allow: ["127.0.0.1"], deny: [] } };

const logged: unknown[] = [];
const info = (about: unknown) => void logged.push(about);

beforeAll(async () => {
  [database, upstream] = await Promise.all([createTestDatabase(), startUpstream()]);
  egress = createEgress();
  sandbox = await createSandbox({ fetch: egress.fetch, maxCells: 2 });
  const file = new URL("../fixtures/crm-config.ts", import.meta.url).pathname;
  const { code, sourceMap, sha256 } = await bundleIntegration(file);
  const { db } = database;
  await insertBundle(db, organizationId, { sha256, code, sourceMap });
  const domain = { organizationId, integrationId };
  const bundle = { sha256, load: async () => ({ code, sourceMap }) };
  const { definitionJson = "" } = await sandbox.readDefinition(domain, bundle, new AbortController().signal);
  const owner = { organization_id: organizationId };
  await db
    .insertInto("integrations")
    .values({ ...owner, id: integrationId, key: "crm", name: "CRM" })
    .execute();
  await db
    .insertInto("versions")
    .values({
      ...owner,
      id: versionId,
      integration_id: integrationId,
      number: 1,
      bundle_sha256: sha256,
      definition: JSON.stringify(parseDefinition(definitionJson)),
    })
    .execute();
});
afterAll(async () => {
  await sandbox.stop();
  await egress.stop();
  await upstream.stop();
  await database.drop();
});

function call<Input extends object>(config: JsonObject, input: Input, grants: object = LOCAL) {
  const deps = { db: database.db, sandbox, policy: () => DEFAULT_POLICY, now: Date.now, log: { info } };
  return [
    deps,
    {
      organizationId,
      input: { versionId, customerId, config, grants, ...input },
      signal: new AbortController().signal,
    },
  ] as const; // as const: the arguments of either function
}
const options = (variable: string, config: JsonObject = {}, grants?: object) =>
  fetchConfigOptions(...call(config, { variable }, grants));
const check = (config: JsonObject, ...variables: string[]) => checkConfig(...call(config, { variables }));

test("choices are fetched with the values so far, each value once", async () => {
  const label = "One of the first";
  upstream.answer("/projects", {
    status: 200,
    body: ["eu-1", { value: "eu-1", label }, { value: "eu-2", label }],
  });
  expect(await options("project", { url: upstream.url, region: "eu" })).toEqual({
    choices: [
      { value: "eu-1", label: "eu-1" },
      { value: "eu-2", label },
    ],
  });
  expect(upstream.requests.at(-1)?.body).toEqual({ region: "eu" });
  const access = { permission: "net", value: new URL(upstream.url).host, granted: true };
  expect(logged).toMatchObject([{ organizationId, variable: "project", accesses: [access] }]);
});

test("a function has what the instance was granted, and no more", async () => {
  await expect(options("project", { url: upstream.url }, {})).rejects.toMatchObject({
    code: "step/config-failed",
    field: "project",
    message: expect.stringContaining("NotCapable: Requires net access to"),
  });
});

test("a function that throws, never ends or returns no choices is told with its variable, error and place", async () => {
  await expect(options("broken")).rejects.toThrow(
    /^The function for the options of config variable "broken" failed: Error: no projects today \(.*crm-config\.ts:29:15\)$/,
  );
  await expect(options("stuck")).rejects.toThrow('"stuck" failed: NeverSettles');
  upstream.answer("/projects", { status: 200, body: { entries: 3 } });
  await expect(options("project", { url: upstream.url })).rejects.toThrow(
    "what it returned is no list of choices: it must be a list",
  );
  upstream.answer("/projects", { status: 200, body: ["a", { label: "without value" }] });
  await expect(options("project", { url: upstream.url })).rejects.toThrow(
    "[1] must be text, or { value, label }",
  );
});

test("checks see the value of their variable and all the others, and say what is wrong", async () => {
  expect(await check({ region: "us", project: "us-1", odd: 3 }, "project", "odd")).toEqual({ refused: [] });
  expect(await check({ region: "us", project: "eu-1", odd: 4 }, "project", "odd")).toEqual({
    refused: [
      { variable: "project", message: "lies not in us" },
      { variable: "odd", message: "is even" },
    ],
  });
  await expect(check({ odd: 11 }, "odd")).rejects.toMatchObject({
    code: "step/config-failed",
    message: expect.stringContaining('The check of config variable "odd" failed: it returned neither true'),
  });
});
