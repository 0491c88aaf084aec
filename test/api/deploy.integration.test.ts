import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DefinitionInput } from "#contract/definition.ts";
import { tryLockDeploy } from "#db/instances.ts";
import {
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  startTestApi,
  type TestApi,
} from "../support/test-api.ts";
import { waitFor } from "../support/wait-for.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

type Flows = { id: string; key: string; webhookUrl: string; removed: boolean; security: object }[];

function variant(key: string, changes: Partial<DefinitionInput> = {}): DefinitionInput {
  return { ...EXAMPLE_DEFINITION, key, ...changes };
}

async function flowsOf(instanceId: string): Promise<Flows> {
  return (await expectOk(api.call("GET", `/instances/${instanceId}/flows`))).items;
}

const post = (webhookUrl: string, headers: Record<string, string> = {}, body = "{}") =>
  fetch(`${api.url}${new URL(webhookUrl).pathname}`, { method: "POST", headers, body });

const flowOf = (flows: Flows, key: string) => flows.find((flow) => flow.key === key)!;

describe("a deploy", () => {
  test("makes an immutable revision with every value filled in", async () => {
    const { instance } = await deployExample(api.call, variant("immutable"));
    await expectOk(
      api.call("PUT", `/instances/${instance.id}/config`, { values: { url: "https://b", limit: 5 } }),
    );
    await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, { note: "second" }));
    const { items } = await expectOk(api.call("GET", `/instances/${instance.id}/revisions`));
    expect(items).toMatchObject([
      {
        number: 2,
        current: true,
        note: "second",
        config: { url: "https://b", limit: 5, dry: null, region: "eu" },
      },
      { number: 1, current: false, config: { url: "https://ledger.example", limit: 10, region: "eu" } },
    ]);
    expect(items[1].grants.net.allow).toEqual(["ledger.example:443"]);
  });

  test("keeps the URLs of flows, also over a version without them, which answer 410 meanwhile", async () => {
    const { instance, flows } = await deployExample(api.call, variant("urls"));
    const ping = flowOf(flows, "ping");
    const without = variant("urls", { flows: EXAMPLE_DEFINITION.flows.slice(0, 1) });
    await expectOk(api.call("POST", "/integrations/publish", { bundle: JSON.stringify(without) }));
    await expectOk(api.call("PATCH", `/instances/${instance.id}`, { version: 2 }));
    await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, {}));
    expect(flowOf(await flowsOf(instance.id), "ping")).toMatchObject({ removed: true });
    await waitFor(async () => (await post(ping.webhookUrl)).status === 410, {
      what: "the removed flow answers 410",
    });
    await expectOk(api.call("POST", `/instances/${instance.id}/rollback`, { revision: 1 }));
    expect(flowOf(await flowsOf(instance.id), "ping")).toMatchObject({
      removed: false,
      id: ping.id,
      webhookUrl: ping.webhookUrl,
    });
    await waitFor(async () => (await post(ping.webhookUrl)).status === 202, {
      what: "the flow takes webhooks again",
    });
  });

  test("of a rollback is a new revision with the old version and config", async () => {
    const { instance } = await deployExample(api.call, variant("back"));
    await expectOk(api.call("PUT", `/instances/${instance.id}/config`, { values: { url: "https://wrong" } }));
    await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, {}));
    const back = await expectOk(api.call("POST", `/instances/${instance.id}/rollback`, { revision: 1 }));
    expect(back).toMatchObject({ deployedRevision: 3, config: { url: "https://ledger.example" } });
    const { items } = await expectOk(api.call("GET", `/instances/${instance.id}/revisions`));
    expect(items[0].note).toBe("Back to revision 1");
  });

  test("that another call is in the middle of is a conflict at once", async () => {
    const { instance } = await deployExample(api.call, variant("busy"));
    await api.database.db.transaction().execute(async (transaction) => {
      await tryLockDeploy(transaction, instance.id);
      const refused = await api.call("POST", `/instances/${instance.id}/deploy`, {});
      expect(refused).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining("another call") },
      });
    });
    expect((await api.call("POST", `/instances/${instance.id}/deploy`, {})).status).toBe(200);
  });

  test("from one edit wins once, however many ask at the same time", async () => {
    const { instance } = await deployExample(api.call, variant("race"));
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        api.call("POST", `/instances/${instance.id}/deploy`, { edit: instance.edit }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array(7).fill(409),
    ]);
    expect(await expectOk(api.call("GET", `/instances/${instance.id}`))).toMatchObject({
      deployedRevision: 2,
    });
  });

  test("that fails leaves nothing behind", async () => {
    const { instance } = await deployExample(api.call, variant("atomic"));
    await expectOk(api.call("PUT", `/instances/${instance.id}/config`, { values: {} }));
    expect((await api.call("POST", `/instances/${instance.id}/deploy`, {})).status).toBe(409);
    const { items } = await expectOk(api.call("GET", `/instances/${instance.id}/revisions`));
    expect(items).toHaveLength(1);
  });
});

describe("publishing", () => {
  test("the same bundle again answers its version", async () => {
    const bundle = JSON.stringify(variant("same"));
    const first = await api.call("POST", "/integrations/publish", { bundle });
    const second = await api.call("POST", "/integrations/publish", { bundle, note: "again" });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toMatchObject({ created: false, version: { id: first.body.version.id, number: 1 } });
  });

  test("the same bundle many times at once makes one version", async () => {
    const bundle = JSON.stringify(variant("at-once"));
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => expectOk(api.call("POST", "/integrations/publish", { bundle }))),
    );
    expect(new Set(answers.map(({ version }) => version.id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
  });

  test("different bundles at once are numbered one by one", async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        expectOk(
          api.call("POST", "/integrations/publish", {
            bundle: JSON.stringify(variant("numbered", { description: `${index}` })),
          }),
        ),
      ),
    );
    expect(answers.map(({ version }) => version.number).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });
});

describe("an endpoint", () => {
  test("takes the signing secret that was set, within a second, and never gives it back", async () => {
    const { flows } = await deployExample(api.call, variant("signed"));
    const push = flowOf(flows, "push");
    expect(push.security).toMatchObject({ signature: "github", signingSecret: "missing" });
    const answer = await api.call("PUT", `/flows/${push.id}/signing-secret`, { secret: "s3cret" });
    expect(answer).toMatchObject({ status: 204, body: "" });
    const body = '{"ref":"refs/heads/main"}';
    const signature = `sha256=${createHmac("sha256", "s3cret").update(body).digest("hex")}`;
    await waitFor(
      async () => (await post(push.webhookUrl, { "x-hub-signature-256": signature }, body)).status === 202,
      { what: "the secret is in force", timeoutMs: 3_000 },
    );
    expect((await post(push.webhookUrl, { "x-hub-signature-256": "sha256=00" }, body)).status).toBe(401);
    const refused = await waitFor(
      async () => (await expectOk(api.call("GET", `/flows/${push.id}/requests?only=refused`))).items[0],
      { what: "the refused request is recorded" },
    );
    expect(refused).toMatchObject({ status: 401, method: "POST" });
    const { rows } = await api.database.pool.query("select to_json(flows)::text as row from flows");
    expect(JSON.stringify(rows)).not.toContain(Buffer.from("s3cret").toString("hex"));
  });

  test("has several API keys, each shown once and revoked on its own", async () => {
    const { flows } = await deployExample(
      api.call,
      variant("keyed", {
        flows: [
          {
            key: "in",
            trigger: { type: "webhook", apiKeys: "required" },
            steps: [{ type: "step", key: "s" }],
          },
        ],
      }),
    );
    const flow = flows[0];
    const path = `/flows/${flow.id}/api-keys`;
    const generated = await expectOk(api.call("POST", path, { name: "generated" }));
    const own = await expectOk(api.call("POST", path, { name: "own", apiKey: "my-very-own-key-of-length" }));
    const { items } = await expectOk(api.call("GET", path));
    expect(items).toMatchObject([
      { name: "generated", hint: generated.apiKey.slice(-4) },
      { name: "own", hint: "ngth" },
    ]);
    expect(JSON.stringify(items)).not.toContain(generated.apiKey);
    for (const apiKey of [generated.apiKey, own.apiKey])
      await waitFor(async () => (await post(flow.webhookUrl, { "api-key": apiKey })).status === 202, {
        what: "the key is taken",
      });
    expect((await api.call("DELETE", `${path}/${generated.id}`)).status).toBe(204);
    await waitFor(async () => (await post(flow.webhookUrl, { "api-key": generated.apiKey })).status === 401, {
      what: "the revoked key is refused",
      timeoutMs: 3_000,
    });
    expect((await post(flow.webhookUrl, { "api-key": own.apiKey })).status).toBe(202);
    expect((await api.call("DELETE", `${path}/${generated.id}`)).status).toBe(404);
  });

  test("of a paused instance refuses, and what it holds is released by unpausing", async () => {
    const { instance, flows } = await deployExample(
      api.call,
      variant("paused", {
        flows: [
          { key: "refuse", trigger: { type: "webhook" }, steps: [{ type: "step", key: "s" }] },
          {
            key: "hold",
            trigger: { type: "webhook", whenPaused: "hold" },
            steps: [{ type: "step", key: "s" }],
          },
        ],
      }),
    );
    const paused = await expectOk(api.call("POST", `/instances/${instance.id}/pause`, { reason: "audit" }));
    expect(paused).toMatchObject({ activity: "paused", pauseReason: "audit" });
    await waitFor(async () => (await post(flowOf(flows, "refuse").webhookUrl)).status === 503, {
      what: "the paused flow refuses",
    });
    const { executionId } = (await (await post(flowOf(flows, "hold").webhookUrl)).json()) as {
      executionId: string;
    };
    expect((await expectOk(api.call("GET", `/executions/${executionId}`))).state).toBe("held");
    await expectOk(api.call("POST", `/instances/${instance.id}/unpause`));
    expect((await expectOk(api.call("GET", `/executions/${executionId}`))).state).toBe("queued");
    const { rows } = await api.database.pool.query("select status from queue where execution_id = $1", [
      executionId,
    ]);
    expect(rows).toEqual([{ status: 0 }]);
  });
});

test("pages neither skip nor repeat while rows arrive", async () => {
  const first = await Promise.all(
    Array.from({ length: 25 }, (_, n) => expectOk(api.call("POST", "/customers", { name: `paged ${n}` }))),
  );
  const wanted = new Set<string>(first.map(({ id }) => id));
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page = await expectOk(api.call("GET", `/customers?search=paged&limit=4${query}`));
    seen.push(...page.items.map(({ id }: { id: string }) => id));
    cursor = page.nextCursor;
    await expectOk(api.call("POST", "/customers", { name: "paged late" }));
  }
  expect(seen).toHaveLength(wanted.size);
  expect(new Set(seen)).toEqual(wanted);
});

describe("a version that allows more than the one before it", () => {
  const wider = (key: string) =>
    variant(key, { permissions: { net: ["ledger.example:443", "crm.example"] } });
  const NEW = [{ permission: "net", change: "allowed", rule: "crm.example" }];

  test("says so, and an instance takes it only once that was approved", async () => {
    const { instance, integration } = await deployExample(api.call, variant("wider"));
    const published = await expectOk(
      api.call("POST", "/integrations/publish", { bundle: JSON.stringify(wider("wider")) }),
    );
    expect(published.version).toMatchObject({ number: 2, widens: NEW });
    const { items: versions } = await expectOk(api.call("GET", `/integrations/${integration.id}/versions`));
    expect(versions.map((version: { widens: object[] }) => version.widens)).toEqual([NEW, []]);

    await expectOk(api.call("PATCH", `/instances/${instance.id}`, { version: 2 }));
    const refused = await api.call("POST", `/instances/${instance.id}/deploy`, {});
    expect(refused).toMatchObject({
      status: 409,
      body: { code: "request/approval-required", problems: [{ message: "net crm.example" }] },
    });
    const approval = await api.call("POST", `/instances/${instance.id}/approve`, { note: "CRM is ours" });
    expect(approval).toMatchObject({
      status: 201,
      body: { instanceId: instance.id, version: 2, widens: NEW, note: "CRM is ours" },
    });
    expect(approval.body.approvedBy).toEqual(expect.any(String));
    expect(await api.call("POST", `/instances/${instance.id}/deploy`, {})).toMatchObject({ status: 200 });
    expect((await expectOk(api.call("GET", `/instances/${instance.id}/approvals`))).items).toEqual([
      approval.body,
    ]);
    expect(await api.call("POST", `/instances/${instance.id}/approve`, {})).toMatchObject({
      status: 409,
      body: { code: "request/conflict" },
    });
  });

  test("may be deployed with fewer grants without approval, and what is kept back needs one", async () => {
    const { instance } = await deployExample(api.call, variant("fewer"));
    await expectOk(api.call("POST", "/integrations/publish", { bundle: JSON.stringify(wider("fewer")) }));
    await expectOk(api.call("PATCH", `/instances/${instance.id}`, { version: 2 }));
    const deploy = (grants?: object) => api.call("POST", `/instances/${instance.id}/deploy`, { grants });
    expect(await deploy({ net: ["ledger.example:443"] })).toMatchObject({ status: 200 });
    expect(await deploy({ net: ["other.example"] })).toMatchObject({
      status: 400,
      body: { code: "request/invalid", problems: [{ field: "/grants", message: "net other.example" }] },
    });
    expect(await deploy({ net: ["https://ledger.example"] })).toMatchObject({ status: 400 });
    expect(await deploy()).toMatchObject({ status: 409, body: { code: "request/approval-required" } });
    const { items } = await expectOk(api.call("GET", `/instances/${instance.id}/revisions`));
    expect(items[0].grants).toEqual({ net: { allow: ["ledger.example:443"], deny: [] } });
  });

  test("needs no approval to go back to, once it was deployed", async () => {
    const { instance } = await deployExample(api.call, wider("back"));
    await expectOk(api.call("POST", "/integrations/publish", { bundle: JSON.stringify(variant("back")) }));
    await expectOk(api.call("PATCH", `/instances/${instance.id}`, { version: 2 }));
    await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, {}));
    expect(await api.call("POST", `/instances/${instance.id}/rollback`, { revision: 1 })).toMatchObject({
      status: 200,
    });
  });
});
