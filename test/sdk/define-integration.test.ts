import { expect, test } from "vitest";
import {
  config,
  type ConfigContext,
  connection,
  cron,
  defineIntegration,
  every,
  FatalError,
  onCall,
  onDelete,
  onDeploy,
  RetryableError,
  webhook,
} from "millrace";
import { definitionSchema } from "#contract/definition.ts";

const base = defineIntegration({ key: "crm", name: "CRM" });
const trigger = webhook();

test("an integration is its definition as data, and its functions by flow and step", () => {
  const parse = () => 1;
  const post = () => 2;
  const integration = defineIntegration({
    key: "github-to-ledger",
    name: "GitHub to ledger",
    config: { branch: config.string({ label: "Branch", default: "main" }) },
    connections: { ledger: connection.apiKey({ label: "Ledger", hosts: ["ledger.example"] }) },
    permissions: { net: ["ledger.example:443"] },
  }).flow(
    "push",
    { trigger: webhook({ signature: "github", dedupe: { header: "X-GitHub-Delivery" } }) },
    (flow) => flow.step("parse", parse).step("post", { timeoutMs: 10_000, retry: { maxAttempts: 5 } }, post),
  );
  expect(integration.definition).toEqual({
    format: 1,
    key: "github-to-ledger",
    name: "GitHub to ledger",
    config: { branch: { type: "string", label: "Branch", default: "main" } },
    connections: { ledger: { type: "api-key", label: "Ledger", hosts: ["ledger.example"] } },
    permissions: { net: ["ledger.example:443"] },
    flows: [
      {
        key: "push",
        trigger: { type: "webhook", signature: "github", dedupe: { header: "X-GitHub-Delivery" } },
        steps: [
          { type: "step", key: "parse" },
          { type: "step", key: "post", timeoutMs: 10_000, retry: { maxAttempts: 5 } },
        ],
      },
    ],
  });
  expect(integration.functions).toEqual({ push: { parse, post } });
  expect(definitionSchema.parse(JSON.parse(JSON.stringify(integration.definition))).key).toBe(
    "github-to-ledger",
  );
});

test("a chain never changes what it was built from", () => {
  const one = base.flow("a", { trigger }, (flow) => flow.step("s", () => 1));
  const two = one.flow("b", { trigger }, (flow) => flow.step("s", () => 2));
  expect(base.definition.flows).toHaveLength(0);
  expect(one.definition.flows.map((flow) => flow.key)).toEqual(["a"]);
  expect(two.definition.flows.map((flow) => flow.key)).toEqual(["a", "b"]);
  expect(Object.keys(one.functions)).toEqual(["a"]);
  expect(() => Object.assign(two, { definition: {} })).toThrow(TypeError);
  expect(() => Object.assign(two.functions, { c: {} })).toThrow(TypeError);
});

test("a flow or step that is defined twice is refused by name", () => {
  const one = base.flow("push", { trigger }, (flow) => flow.step("s", () => 1));
  expect(() => one.flow("push", { trigger }, (flow) => flow.step("s", () => 1))).toThrow(
    'Flow "push" is defined twice in integration "crm"',
  );
  expect(() =>
    base.flow("push", { trigger }, (flow) =>
      // @ts-expect-error the key is taken
      flow.step("s", () => 1).step("s", () => 2),
    ),
  ).toThrow('Step "s" is defined twice in flow "push"');
});

test("names that every object has are keys like any other", () => {
  const integration = base.flow("constructor", { trigger }, (flow) =>
    flow.step("toString", () => 1).step("constructor", () => 2),
  );
  expect(Object.keys(integration.functions["constructor"] ?? {})).toEqual(["toString", "constructor"]);
});

test("a step without a function is refused where it is defined", () => {
  expect(() =>
    base.flow("push", { trigger }, (flow) =>
      // @ts-expect-error a step needs a function
      flow.step("s", { timeoutMs: 1_000 }),
    ),
  ).toThrow('Step "s" of flow "push" has no function');
});

test("errors steer the retry by name and plain properties, which cross an isolate", () => {
  const cause = new Error("socket");
  const retryable = new RetryableError("busy", { after: 1_500, status: 503, cause });
  expect(retryable).toMatchObject({ name: "RetryableError", message: "busy", after: 1_500, status: 503 });
  expect(retryable.cause).toBe(cause);
  expect(retryable).toBeInstanceOf(Error);
  expect(new RetryableError("busy").after).toBeUndefined();
  expect(new FatalError("no", { status: 404 })).toMatchObject({ name: "FatalError", status: 404 });
});

test("schedules and deploys are triggers like webhooks", () => {
  const { definition } = base
    .flow("nightly", { trigger: cron("0 3 * * MON-FRI", { timeZone: "Europe/Berlin" }) }, (flow) =>
      flow.step("s", () => 1),
    )
    .flow("often", { trigger: every({ hours: 2 }, { overlap: "queue-one", catchUpMs: 0 }) }, (flow) =>
      flow.step("s", () => 1),
    )
    .flow("register", { trigger: onDeploy() }, (flow) => flow.step("s", () => 1))
    .flow("unregister", { trigger: onDelete() }, (flow) => flow.step("s", () => 1))
    .flow("called", { trigger: onCall() }, (flow) => flow.step("s", () => 1));
  expect(definitionSchema.parse(definition).flows.map((flow) => flow.trigger)).toEqual([
    {
      type: "schedule",
      timetable: { cron: "0 3 * * MON-FRI" },
      timeZone: "Europe/Berlin",
      overlap: "skip",
      catchUpMs: 3_600_000,
    },
    {
      type: "schedule",
      timetable: { everyMs: 7_200_000 },
      timeZone: "UTC",
      overlap: "queue-one",
      catchUpMs: 0,
    },
    { type: "deploy", on: "deploy" },
    { type: "deploy", on: "delete" },
    { type: "call" },
  ]);
});

test("a connection is a key, a password or OAuth", () => {
  const hosts = ["crm.example"];
  const { definition } = defineIntegration({
    key: "crm",
    name: "CRM",
    connections: {
      key: connection.apiKey({ label: "Key", hosts, prefix: "Bearer " }),
      login: connection.basic({ label: "Login", hosts }),
      account: connection.oauth2({
        label: "Account",
        hosts,
        authorizeUrl: "https://crm.example/authorize",
        tokenUrl: "https://crm.example/token",
        scopes: ["orders.read"],
      }),
    },
    permissions: { net: hosts },
  }).flow("push", { trigger }, (flow) => flow.step("s", () => 1));
  expect(Object.values(definitionSchema.parse(definition).connections)).toMatchObject([
    { type: "api-key", header: "Authorization", prefix: "Bearer " },
    { type: "basic" },
    { type: "oauth2", grant: "authorization-code", pkce: true },
  ]);
});

test("functions of config variables are kept apart from their data, to be called as steps are", async () => {
  const { definition, functions } = defineIntegration({
    key: "crm",
    name: "CRM",
    config: {
      project: config.picklist({
        label: "Project",
        options: ({ config }: ConfigContext<{ region?: string }>) => [`${config.region}-1`],
        check: (value) => value.startsWith("eu") || "is not European",
      }),
      least: config.number({ label: "Least", check: (value) => value > 0 || "must be above 0" }),
      region: config.picklist({ label: "Region", options: ["eu", "us"] }),
    },
  }).flow("push", { trigger }, (flow) => flow.step("s", () => 1));
  expect(JSON.parse(JSON.stringify(definition)).config).toEqual({
    project: { type: "picklist", label: "Project", options: "function", check: "function" },
    least: { type: "number", label: "Least", check: "function" },
    region: { type: "picklist", label: "Region", options: ["eu", "us"] },
  });
  expect(definitionSchema.parse(definition).config["project"]).toMatchObject({ options: "function" });
  const values = { project: "us-1", least: 3, region: "us" };
  // What of a step's context these functions are given.
  const context = { config: values, trigger: { body: { json: () => values } } } as never;
  const call = (name: string, key: string) => functions[name]?.[key]?.(context);
  expect(call("config:options", "project")).toEqual(["us-1"]);
  expect(call("config:check", "project")).toBe("is not European");
  expect(call("config:check", "least")).toBe(true);
  expect(Object.keys(functions["config:options"] ?? {})).toEqual(["project"]);
});
