import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  startTestApi,
  type TestApi,
} from "../support/test-api.ts";

let api: TestApi;
let example: Awaited<ReturnType<typeof deployExample>>;
beforeAll(async () => {
  api = await startTestApi();
  example = await deployExample(api.call);
});
afterAll(() => api.stop());

describe("what two people may edit", () => {
  const paths = (): [string, object][] => [
    [`/customers/${example.customer.id}`, { description: "changed" }],
    [`/integrations/${example.integration.id}`, { category: "Finance" }],
    [`/instances/${example.instance.id}`, { description: "changed" }],
  ];

  test("has an ETag, and the second of two changes from one state is 412", async () => {
    for (const [path, changes] of paths()) {
      const etag = (await api.call("GET", path)).headers.get("etag") ?? "";
      expect(etag).toMatch(/^"\d+"$/);
      const first = await api.send({
        method: "PATCH",
        path: path,
        body: changes,
        headers: { "if-match": etag },
      });
      expect(first.status).toBe(200);
      expect(first.headers.get("etag")).not.toBe(etag);
      const second = await api.send({
        method: "PATCH",
        path: path,
        body: changes,
        headers: { "if-match": etag },
      });
      expect(second).toMatchObject({
        status: 412,
        body: { code: "request/precondition-failed", field: "/if-match" },
      });
    }
  });

  test("is changed without a condition by * and by no header", async () => {
    for (const [path, changes] of paths()) {
      expect(
        (await api.send({ method: "PATCH", path: path, body: changes, headers: { "if-match": "*" } })).status,
      ).toBe(200);
      expect((await api.call("PATCH", path, changes)).status).toBe(200);
      expect(
        await api.send({ method: "PATCH", path: path, body: changes, headers: { "if-match": "3" } }),
      ).toMatchObject({
        status: 400,
        body: { field: "/if-match" },
      });
    }
  });

  test("saving a configuration and deploying it follow the ETag too", async () => {
    const path = `/instances/${example.instance.id}`;
    const etag = (await api.call("GET", path)).headers.get("etag") ?? "";
    const values = { url: "https://ledger.example" };
    const saved = await api.send({
      method: "PUT",
      path: `${path}/config`,
      body: { values },
      headers: { "if-match": etag },
    });
    expect(saved.status).toBe(200);
    expect(
      (await api.send({ method: "POST", path: `${path}/deploy`, body: {}, headers: { "if-match": etag } }))
        .status,
    ).toBe(412);
    const now = saved.headers.get("etag") ?? "";
    expect(
      (await api.send({ method: "POST", path: `${path}/deploy`, body: {}, headers: { "if-match": now } }))
        .status,
    ).toBe(200);
  });
});

describe("customers", () => {
  test("are found by label, external id and part of the description", async () => {
    const label = createId();
    const one = await expectOk(
      api.call("POST", "/customers", {
        name: "Ada",
        labels: [label, "eu"],
        externalId: label,
        description: `x ${label} y`,
      }),
    );
    await expectOk(api.call("POST", "/customers", { name: "Bob", labels: ["eu"] }));
    for (const filter of [`label=${label}`, `externalId=${label}`, `search=${label.slice(3, 20)}`]) {
      const { items } = await expectOk(api.call("GET", `/customers?${filter}`));
      expect(items.map(({ id }: { id: string }) => id)).toEqual([one.id]);
    }
  });

  test("come by name without a gap or a double, also while others are added", async () => {
    const label = createId();
    const names = ["b", "A", "c", "B", "a", "d", "a"];
    for (const name of names) await expectOk(api.call("POST", "/customers", { name, labels: [label] }));
    const seen: string[] = [];
    let cursor = "";
    for (;;) {
      const page = await expectOk(
        api.call("GET", `/customers?label=${label}&sort=name&limit=2${cursor && `&cursor=${cursor}`}`),
      );
      seen.push(...page.items.map(({ name }: { name: string }) => name.toLowerCase()));
      await expectOk(api.call("POST", "/customers", { name: "0 before all", labels: [label] }));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(["a", "a", "a", "b", "b", "c", "d"]);
  });

  test("are not paged by another order's cursor", async () => {
    const { nextCursor } = await expectOk(api.call("GET", "/customers?limit=1"));
    expect(await api.call("GET", `/customers?sort=name&cursor=${nextCursor}`)).toMatchObject({
      status: 400,
      body: { field: "/cursor" },
    });
  });
});

test("a withdrawn version goes to no instance, and those that run it keep it and are shown", async () => {
  const publish = (note: string) =>
    expectOk(
      api.call("POST", "/integrations/publish", {
        bundle: JSON.stringify({ ...EXAMPLE_DEFINITION, key: "withdrawn", description: note }),
      }),
    );
  const { integration } = await publish("one");
  await publish("two");
  const create = (version?: number) =>
    api.call("POST", "/instances", {
      customerId: example.customer.id,
      integrationId: integration.id,
      name: createId(),
      config: { url: "https://ledger.example" },
      ...(version !== undefined && { version }),
    });
  const old = await expectOk(create(1));
  const current = await expectOk(create());
  await expectOk(api.call("POST", `/instances/${current.id}/deploy`, {}));
  expect(old).toMatchObject({ version: 1, latestVersion: 2, versionWithdrawn: false });
  const path = `/integrations/${integration.id}/versions/2`;
  const withdrawn = await expectOk(api.call("POST", `${path}/withdraw`, { reason: "doubles orders" }));
  expect(withdrawn.withdrawn).toMatchObject({ reason: "doubles orders" });

  expect(await create(2)).toMatchObject({ status: 409, body: { field: "/version" } });
  expect((await expectOk(create())).version).toBe(1);
  expect(await api.call("PATCH", `/instances/${old.id}`, { version: 2 })).toMatchObject({ status: 409 });
  expect(await expectOk(api.call("POST", `/instances/${current.id}/deploy`, {}))).toMatchObject({
    deployedRevision: 2,
    versionWithdrawn: true,
    latestVersion: 1,
  });
  const { items } = await expectOk(
    api.call("GET", `/instances?state=withdrawn&integration=${integration.id}`),
  );
  expect(items.map(({ id }: { id: string }) => id)).toEqual([current.id]);
  expect(await expectOk(api.call("POST", `${path}/restore`))).toMatchObject({ withdrawn: null });
  expect((await create(2)).status).toBe(201);
});

test("an endpoint's requests are listed with what became of each", async () => {
  const push = example.flows.find((flow: { key: string }) => flow.key === "push");
  const ping = example.flows.find((flow: { key: string }) => flow.key === "ping");
  const send = (flow: { webhookUrl: string }) =>
    fetch(`${api.url}${new URL(flow.webhookUrl).pathname}`, { method: "POST", body: '{"a":1}' });
  await send(ping);
  await send(push);
  await waitFor(
    async () => (await expectOk(api.call("GET", `/flows/${push.id}/requests`))).items.length > 0,
    { what: "the refusal is on record" },
  );
  const [refused] = (await expectOk(api.call("GET", `/flows/${push.id}/requests`))).items;
  expect(refused).toMatchObject({ status: expect.any(Number), executionId: null, method: "POST" });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  const [accepted] = (await expectOk(api.call("GET", `/flows/${ping.id}/requests?only=accepted`))).items;
  expect(accepted).toMatchObject({ status: 202, code: "accepted", bodyBytes: 7 });
  expect((await api.call("GET", `/executions/${accepted.executionId}`)).status).toBe(200);
});

test("an instance is deleted by its name only, answers its senders 410 and takes no change meanwhile", async () => {
  const { instance, flows } = await deployExample(api.call, { ...EXAMPLE_DEFINITION, key: "doomed" });
  const path = `/instances/${instance.id}`;
  expect(await api.call("DELETE", path)).toMatchObject({ status: 400, body: { field: "/confirm" } });
  expect(await api.call("DELETE", `${path}?confirm=main`)).toMatchObject({
    status: 422,
    body: { field: "/confirm" },
  });
  const deleted = await api.call("DELETE", `${path}?confirm=Main`);
  expect(deleted).toMatchObject({ status: 202, body: { requestId: expect.any(String) } });
  expect((await expectOk(api.call("GET", path))).deletingAt).not.toBeNull();
  expect(await api.call("PATCH", path, { name: "again" })).toMatchObject({ status: 409 });
  const { items } = await expectOk(api.call("GET", "/instances?state=deleting"));
  expect(items.map(({ id }: { id: string }) => id)).toEqual([instance.id]);
  const url = `${api.url}${new URL(flows[1].webhookUrl).pathname}`;
  await waitFor(async () => (await fetch(url, { method: "POST", body: "{}" })).status === 410, {
    what: "senders are told that it is gone",
    timeoutMs: 5_000,
  });
});
