import { expect, test } from "vitest";
import type { DefinitionInput } from "#contract/definition.ts";
import { EngineError } from "#contract/errors.ts";
import { parseDefinition } from "#contract/parse-definition.ts";
import { planOf } from "#contract/plan-from-definition.ts";

const step = (key: string) => ({ type: "step" as const, key });
const flow = { key: "push", trigger: { type: "webhook" as const }, steps: [step("parse")] };
const definition: DefinitionInput = { format: 1, key: "crm", name: "CRM", flows: [flow] };

const scheduled = (change: object) => ({
  ...flow,
  trigger: { type: "schedule", timetable: { cron: "0 3 * * *" }, ...change },
});

const parse = (change: object = {}) => parseDefinition(JSON.stringify({ ...definition, ...change }));
function refusal(change: object): EngineError {
  try {
    parse(change);
  } catch (error) {
    if (error instanceof EngineError) return error;
  }
  throw new Error("the definition was accepted");
}

test("defaults are filled in", () => {
  const parsed = parse();
  expect(parsed.isolation).toBe("integration");
  expect(parsed.flows[0]?.steps[0]).toMatchObject({ timeoutMs: 30_000, retry: { maxAttempts: 1 } });
  expect(parsed.permissions).toEqual({});
});

test("a reply that names no step is the last one's", () => {
  const trigger = { type: "webhook", reply: {} };
  const steps = [step("parse"), step("answer")];
  expect(parse({ flows: [{ ...flow, trigger, steps }] }).flows[0]?.trigger).toMatchObject({
    reply: { step: "answer", withinMs: 10_000 },
  });
});

test("text that is not JSON is refused", () => {
  expect(() => parseDefinition("{")).toThrow("The definition is not JSON");
});

test("every problem is listed with its path, the first as the field", () => {
  const error = refusal({ name: "", flows: [{ ...flow, steps: [step("1st")], trigger: { type: "smoke" } }] });
  expect(error.code).toBe("request/definition-refused");
  expect(error.message).toContain("  name: ");
  expect(error.message).toContain("  flows[0].steps[0].key: ");
  expect(error.message).toContain("  flows[0].trigger.type: ");
  expect(error.field).toBe("name");
});

test("a long list of problems is cut", () => {
  const flows = Array.from({ length: 40 }, (_, index) => ({ ...flow, key: `Flow ${index}` }));
  expect(refusal({ flows }).message).toContain("and 15 more");
});

test.each([
  ["flows[1].key", { flows: [flow, flow] }],
  ["flows[0].steps[1].key", { flows: [{ ...flow, steps: [step("a"), step("a")] }] }],
  ["flows[0].trigger.handshake", { flows: [{ ...flow, trigger: { type: "webhook", handshake: "slack" } }] }],
  [
    "flows[0].trigger.reply.step",
    { flows: [{ ...flow, trigger: { type: "webhook", reply: { step: "no" } } }] },
  ],
  ["flows[0].trigger.timetable", { flows: [{ ...flow, trigger: { type: "schedule" } }] }],
  ["flows[0].trigger.timetable.cron", { flows: [scheduled({ timetable: { cron: "60 * * * *" } })] }],
  ["flows[0].trigger.timetable.everyMs", { flows: [scheduled({ timetable: { everyMs: 1_000 } })] }],
  ["flows[0].trigger.timeZone", { flows: [scheduled({ timeZone: "Mars/Olympus" })] }],
  [
    "flows[0].trigger.timetable.cron.config",
    { flows: [scheduled({ timetable: { cron: { config: "when" } } })] },
  ],
  [
    "flows[0].trigger.timeZone.config",
    {
      config: { zone: { type: "number", label: "Zone" } },
      flows: [scheduled({ timeZone: { config: "zone" } })],
    },
  ],
  [
    "connections.crm.authorizeUrl",
    {
      permissions: { net: ["crm.example"] },
      connections: {
        crm: { type: "oauth2", label: "CRM", hosts: ["crm.example"], tokenUrl: "https://crm.example/token" },
      },
    },
  ],
  ["flows[0].trigger.dedupe", { flows: [{ ...flow, trigger: { type: "webhook", dedupe: {} } }] }],
  [
    "config.size.default",
    { config: { size: { type: "picklist", label: "S", options: ["a"], default: "b" } } },
  ],
  ["permissions.net.allow[0]", { permissions: { net: ["https://a.example"] } }],
  ["permissions.net.deny[0]", { permissions: { net: { allow: ["a.example"], deny: ["::1"] } } }],
  [
    "connections.crm.hosts[1]",
    {
      permissions: { net: ["*.a.example"] },
      connections: { crm: { type: "api-key", label: "CRM", hosts: ["x.a.example", "b.example"] } },
    },
  ],
  ["flows[0].steps", { flows: [{ ...flow, steps: [] }] }],
])("%s is named", (path, change) => {
  const error = refusal(change);
  expect(error.field).toBe(path);
  expect(error.message).toContain(`  ${path}: `);
});

test("a plan that would burden every history is refused with its size", () => {
  const steps = Array.from({ length: 200 }, (_, index) => ({
    ...step(`${"s".repeat(50)}${index}`),
    name: "漢".repeat(200),
  }));
  expect(refusal({ flows: [{ ...flow, steps }] }).message).toMatch(/has a plan of \d{6} bytes/);
});

test("a plan has the steps in order, each with its key as path, and the flow's retry", () => {
  const parsed = parse({
    flows: [{ ...flow, steps: [step("a"), { ...step("b"), name: "Post it" }], retry: { maxAttempts: 3 } }],
  });
  const [first] = parsed.flows;
  const plan = planOf(first!);
  expect(plan.root.children.map((node) => [node.path, node.type === "step" ? node.name : ""])).toEqual([
    ["a", "a"],
    ["b", "Post it"],
  ]);
  expect(plan.retry).toEqual({
    maxAttempts: 3,
    delayMs: 1_000,
    backoff: "exponential",
    maxDelayMs: 3_600_000,
    from: "failed-step",
  });
});
