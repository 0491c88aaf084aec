import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { findDescendant } from "../support/find-descendant.ts";
import { startShop } from "../../examples/shop-webhook/shop.ts";
import { type RunningMillrace, startMillrace } from "../support/millrace.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { waitFor } from "../support/wait-for.ts";

let millrace: RunningMillrace;
let upstream: Upstream;
let policyFile: string;
beforeAll(async () => {
  upstream = await startUpstream();
  policyFile = join(mkdtempSync(join(tmpdir(), "millrace-policy-")), "policy.json");
  writeFileSync(policyFile, '{ "net": "named" }');
  millrace = await startMillrace({ env: { MILLRACE_POLICY_FILE: policyFile } });
});
afterAll(async () => {
  await millrace.stop();
  millrace.remove();
  await upstream.stop();
  rmSync(dirname(policyFile), { recursive: true });
});

interface Named {
  id: string;
}
interface Instance extends Named {
  version: number;
  latestVersion: number;
  deployedRevision: number | null;
  missing: { field: string }[];
}
interface Flow {
  key: string;
  webhookUrl: string;
}

const call: RunningMillrace["call"] = (...asked) => millrace.call(...asked);

async function publish(file: string): Promise<Named> {
  const { code: bundle, sourceMap } = await bundleIntegration(file);
  const body = { bundle, sourceMap };
  return (await call<{ integration: Named }>("POST", "/integrations/publish", body)).integration;
}

async function send(url: string): Promise<{ status: number; executionId: string }> {
  const response = await fetch(url, { method: "POST", body: "{}" });
  const { executionId } = (await response.json()) as { executionId: string };
  return { status: response.status, executionId };
}

const stateOf = async (id: string) => (await call<{ state: string }>("GET", `/executions/${id}`)).state;

/** What the execution's one step returned, once it has succeeded. */
async function outputOf(executionId: string): Promise<unknown> {
  await waitFor(async () => (await stateOf(executionId)) === "succeeded", {
    timeoutMs: 60_000,
    what: `execution ${executionId} succeeds`,
  });
  const { items } = await call<{ items: { output: unknown }[] }>("GET", `/executions/${executionId}/steps`);
  return items[0]?.output;
}

/** One instance, from test to test in their order. */
let path: string;
let customerId: string;
let urlOf: (flowKey: string) => string;

test("an instance is made for a customer, and deployed once it has its values", async () => {
  const { id: integrationId } = await publish("test/fixtures/greeter-1.ts");
  const customer = { name: "Walk & Sons", externalId: "walk-1" };
  customerId = (await call<Named>("POST", "/customers", customer)).id;
  const created = await call<Instance>("POST", "/instances", {
    customerId,
    integrationId,
    name: "Walk",
    labels: ["canary"],
  });
  path = `/instances/${created.id}`;
  expect(created).toMatchObject({ deployedRevision: null, missing: [{ field: "greeting" }] });
  await expect(call("POST", `${path}/deploy`, {})).rejects.toThrow("request/instance-incomplete");

  await call("PUT", `${path}/config`, { values: { greeting: "Hello", names: ["Ada", "Bo"] } });
  expect(await call<Instance>("POST", `${path}/deploy`, {})).toMatchObject({ deployedRevision: 1 });
  const { items: flows } = await call<{ items: Flow[] }>("GET", `${path}/flows`);
  urlOf = (key) => flows.find((flow) => flow.key === key)!.webhookUrl;
});

test("its webhook runs it, and a pause holds what comes until the unpause", async () => {
  const first = await send(urlOf("greet"));
  expect(first.status).toBe(202);
  expect(await outputOf(first.executionId)).toBe("Hello Ada and Bo");

  await call("POST", `${path}/pause`, { reason: "a walk" });
  const held = await waitFor(
    async () => {
      const sent = await send(urlOf("greet"));
      return (await stateOf(sent.executionId)) === "held" ? sent : undefined;
    },
    { what: "the pause holds what comes" },
  );
  await call("POST", `${path}/unpause`);
  expect(await outputOf(held.executionId)).toBe("Hello Ada and Bo");
});

/** A deploy reaches every api within a second: until then a webhook runs on the revision before. */
async function greets(output: string): Promise<void> {
  await waitFor(async () => (await outputOf((await send(urlOf("greet"))).executionId)) === output, {
    what: `a webhook is answered by ${output}`,
  });
}

test("a new version is shown, refused while it lacks a value, and taken with it", async () => {
  await publish("test/fixtures/greeter-2.ts");
  expect(await call<Instance>("GET", path)).toMatchObject({ version: 1, latestVersion: 2 });
  expect(await call("GET", `${path}/diff?to=v2`)).toMatchObject({
    config: [{ key: "sign", change: "added" }],
    flows: [{ key: "wave", change: "removed" }],
    missing: [{ field: "sign" }],
  });
  await expect(call("POST", `${path}/upgrade`, {})).rejects.toThrow('\\"Sign\\" needs a value');
  expect(await call<Instance>("POST", `${path}/upgrade`, { values: { sign: "!" } })).toMatchObject({
    version: 2,
    deployedRevision: 2,
  });
  await waitFor(async () => (await send(urlOf("wave"))).status === 410, { what: "the removed flow is gone" });
  await greets("Hello Ada and Bo!");
});

test("a roll-back brings back what was, its removed flow too", async () => {
  expect(await call<Instance>("POST", `${path}/rollback`, { revision: 1 })).toMatchObject({
    version: 1,
    deployedRevision: 3,
  });
  await waitFor(async () => (await send(urlOf("wave"))).status === 202, { what: "the flow is back" });
  await greets("Hello Ada and Bo");
});

test("its author's functions check values and fetch choices, in a worker's sandbox", async () => {
  const { id: integrationId } = await publish("test/fixtures/crm-config.ts");
  const create = (config: object) =>
    call<Instance>("POST", "/instances", { customerId, integrationId, name: "CRM", config });
  await expect(create({ project: "us-1" })).rejects.toThrow(
    /request\/invalid.*project is refused by the integration: lies not in eu; given was text/,
  );
  const { id } = await create({ project: "eu-1" });
  await expect(call("GET", `/instances/${id}/config/broken/options`)).rejects.toThrow(
    /424 .*no projects today \(crm-config\.ts:29:15\)/,
  );
  // Tested before it was ever deployed.
  const draft = { draft: true };
  const test = await call<{ executionId: string }>("POST", `/instances/${id}/flows/order/test`, draft);
  expect(await outputOf(test.executionId)).toBe(1);
  expect(await call("GET", `/executions/${test.executionId}`)).toMatchObject({ draft: true, isTest: true });
});

/** A second instance of the customer's, deployed. */
async function deploy(file: string, name: string, config: object): Promise<string> {
  const { id: integrationId } = await publish(file);
  const { id } = await call<Named>("POST", "/instances", { customerId, integrationId, name, config });
  await call("POST", `/instances/${id}/deploy`, {});
  return `/instances/${id}`;
}

const isGone = (instance: string): Promise<true> =>
  waitFor(
    async () =>
      call("GET", instance).then(
        () => false,
        (error: Error) => error.message.includes("404"),
      ),
    { timeoutMs: 60_000, what: `${instance} is gone` },
  );

test("a deploy registers its webhook with a third party, whose order the flow answers, and the deletion removes it", async () => {
  const shop = await startShop();
  try {
    const instance = await deploy("examples/shop-webhook/shop-webhook.ts", "Orders", { shopUrl: shop.url });
    await waitFor(() => shop.webhooks.size === 1, { timeoutMs: 30_000, what: "the webhook is registered" });
    const answers = await waitFor(
      async () => {
        const [answer] = await shop.order({ id: "A-1", total: 10 });
        return answer?.status === 404 ? undefined : answer;
      },
      { what: "the webhook is known" },
    );
    expect(answers).toEqual({ status: 201, body: { order: "A-1", number: 1 } });
    expect(await call("GET", `${instance}/state`)).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ key: "orders", value: 1 })]),
    });
    await call("DELETE", `${instance}?confirm=Orders`);
    await isGone(instance);
    expect(shop.webhooks.size).toBe(0);
  } finally {
    await shop.stop();
  }
});

test("its schedule is the instance's own, moves with a deploy, and rests while it is paused", async () => {
  const berlin = { when: "30 2 * * *", timeZone: "Europe/Berlin" };
  const instance = await deploy("examples/nightly-sync/nightly-sync.ts", "Sync", berlin);
  const { items } = await call<{ items: (Named & Flow)[] }>("GET", `${instance}/flows`);
  const schedule = () => call("GET", `/flows/${items[0]?.id}/schedule`);
  expect(await schedule()).toMatchObject({ state: "on", cron: "30 2 * * *", timeZone: "Europe/Berlin" });
  await call("PUT", `${instance}/config`, { values: { when: "0 4 * * 1", timeZone: "Asia/Tokyo" } });
  await call("POST", `${instance}/deploy`, {});
  expect(await schedule()).toMatchObject({
    state: "on",
    words: expect.stringContaining("Monday"),
    nextRuns: Array.from({ length: 5 }, () => expect.stringMatching(/T19:00:00/)),
  });
  await call("POST", `${instance}/pause`, { reason: "a walk" });
  expect(await schedule()).toMatchObject({ state: "paused" });
});

/** What the two steps of a new execution got, and its id. */
async function reach(url: string): Promise<{ executionId: string; got: unknown[] }> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify({ url: `${upstream.url}/` }) });
  const { executionId } = (await response.json()) as { executionId: string };
  await outputOf(executionId);
  const { items } = await call<{ items: { output: unknown }[] }>("GET", `/executions/${executionId}/steps`);
  return { executionId, got: items.map(({ output }) => output) };
}

async function auditOf(executionId: string): Promise<object[]> {
  const { run } = millrace;
  const args = ["src/cli/main.ts", "executions:audit", executionId, "--jsonl", "--server", run.apiUrl];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, MILLRACE_TOKEN: run.token },
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
}

test("a policy that is read anew holds from the next step on, and a step's own permissions all along", async () => {
  const { id: integrationId } = await publish("test/fixtures/reacher.ts");
  const created = await call<Instance>("POST", "/instances", { customerId, integrationId, name: "Reach" });
  await call("POST", `/instances/${created.id}/deploy`, {});
  const { items: flows } = await call<{ items: Flow[] }>("GET", `/instances/${created.id}/flows`);
  const webhookUrl = flows[0]!.webhookUrl;
  const value = new URL(upstream.url).host;
  const worker = findDescendant(millrace.process.pid!, "src/main/worker.ts")!;
  const workerLog = () => readFileSync(join(millrace.dataDir, "worker.log"), "utf8");
  const rewrite = (policy: string) => {
    writeFileSync(policyFile, policy);
    process.kill(worker, "SIGHUP");
  };

  const allowed = await reach(webhookUrl);
  expect(allowed.got).toEqual(["200", "NotCapable"]);
  expect(await auditOf(allowed.executionId)).toMatchObject([
    { permission: "net", value, granted: true, step: "wide", address: "127.0.0.1" },
    { permission: "net", value, granted: false, step: "narrow", reason: "no rule allows it" },
  ]);

  rewrite('{ "net": { "allow": "named", "deny": ["127.0.0.0/8"] } }');
  const denied = await waitFor(
    async () => {
      const reached = await reach(webhookUrl);
      return reached.got[0] === "NotCapable" ? reached : undefined;
    },
    { what: "the new policy holds" },
  );
  expect(await auditOf(denied.executionId)).toMatchObject([
    { value, granted: false, step: "wide", reason: "denied by rule 127.0.0.0/8" },
    { value, granted: false, step: "narrow" },
  ]);

  rewrite("{");
  await waitFor(() => workerLog().includes("the one before it still holds"), {
    what: "the worker says that the broken policy changed nothing",
  });
  expect((await reach(webhookUrl)).got).toEqual(["NotCapable", "NotCapable"]);
});

test("it is found, and deleted by its name with all that it ran", async () => {
  const search = `/instances?search=alk&label=canary&customer=${customerId}&state=outdated`;
  expect(await call("GET", search)).toMatchObject({ items: [{ name: "Walk", version: 1 }] });

  await expect(call("DELETE", `${path}?confirm=Other`)).rejects.toThrow("request/unprocessable");
  await call("DELETE", `${path}?confirm=Walk`);
  await isGone(path);
  expect(await call("GET", `/executions?instance=${path.split("/").at(-1)}`)).toMatchObject({ items: [] });
});
