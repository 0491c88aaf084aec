import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";
import { openEvents } from "../support/open-events.ts";
import { waitFor } from "../support/wait-for.ts";

let api: TestApi;
let example: Awaited<ReturnType<typeof deployExample>>;
beforeAll(async () => {
  api = await startTestApi();
  example = await deployExample(api.call);
});
afterAll(() => api.stop());

describe("an Idempotency-Key", () => {
  const create = (key: string, body: object, path = "/customers") =>
    api.send({ method: "POST", path, body, headers: { "idempotency-key": key } });

  test("makes the same call again get the first answer, and one customer", async () => {
    const key = createId();
    const body = { name: `Once ${key}` };
    const first = await create(key, body);
    const again = await create(key, body);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    const { items } = await expectOk(api.call("GET", `/customers?name=${encodeURIComponent(body.name)}`));
    expect(items).toHaveLength(1);
  });

  test("of another call is a conflict", async () => {
    const key = createId();
    await create(key, { name: "one" });
    expect(await create(key, { name: "two" })).toMatchObject({
      status: 409,
      body: { field: "/idempotency-key" },
    });
  });

  test("sent many times at once makes one", async () => {
    const key = createId();
    const body = { name: `Many ${key}` };
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(key, body)));
    expect(new Set(answers.map(({ status }) => status)).difference(new Set([201, 409]))).toEqual(new Set());
    const { items } = await expectOk(api.call("GET", `/customers?name=${encodeURIComponent(body.name)}`));
    expect(items).toHaveLength(1);
  });

  test("of a call that failed is free again", async () => {
    const key = createId();
    expect((await create(key, {})).status).toBe(400);
    expect((await create(key, { name: "corrected" })).status).toBe(201);
  });

  test("belongs to one caller, and what it keeps is sealed", async () => {
    const key = createId();
    const { body } = await create(key, { name: "t", role: "viewer" }, "/tokens");
    const builder = await api.tokenFor("admin");
    const other = await api.send({
      token: builder,
      method: "POST",
      path: "/customers",
      body: { name: "x" },
      headers: { "idempotency-key": key },
    });
    expect(other.status).toBe(201);
    const rows = await api.database.db.selectFrom("idempotency_keys").select("answer").execute();
    expect(rows.some(({ answer }) => answer?.includes(body.token))).toBe(false);
  });

  test("of a call that was cut off is not done again", async () => {
    const key = createId();
    const body = { name: "cut" };
    await create(key, body);
    await api.database.db
      .updateTable("idempotency_keys")
      .set({ status: null, answer: null, created_at: new Date(Date.now() - 120_000) })
      .execute();
    expect(await create(key, body)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("cut off") },
    });
  });

  test.each(["", "a b", "é".repeat(3), "x".repeat(256)])("that is none is 400: %s", async (key) => {
    // Header values are bytes: what is not ASCII goes as Latin-1.
    const answer = await create(key, { name: "x" });
    expect(answer).toMatchObject({ status: 400, body: { field: "/idempotency-key" } });
  });
});

test("every answer, also a refusal, tells what is left to the caller", async () => {
  for (const path of ["/customers", "/customers/1", `/customers/${createId()}`]) {
    const { headers } = await api.call("GET", path);
    expect(headers.get("ratelimit-policy")).toMatch(/^"token";q=\d+;w=60$/);
    expect(headers.get("ratelimit")).toMatch(/^"token";r=\d+;t=\d+$/);
  }
});

describe("events", () => {
  test("name what changed by id, to those of the organization", async () => {
    const mine = await openEvents(api.url, api.ownerToken);
    const others = await openEvents(api.url, (await api.addOrganization()).token);
    const path = `/customers/${example.customer.id}`;
    await expectOk(api.call("PATCH", path, { description: "seen" }));
    const flow = example.flows.find((each: { key: string }) => each.key === "ping");
    const started = await expectOk(api.call("POST", `/flows/${flow.id}/test`, {}));
    await waitFor(() => mine.ids("customers").includes(example.customer.id), {
      what: "the customer is told",
    });
    await waitFor(() => mine.ids("executions").includes(started.executionId), {
      what: "the execution is told",
    });
    expect(JSON.stringify(mine.events)).not.toContain("seen");
    expect(others.events.filter(({ event }) => event === "changed")).toEqual([]);
    await mine.close();
    await others.close();
  });

  test("come at most four times a second", async () => {
    const stream = await openEvents(api.url, api.ownerToken);
    const path = `/customers/${example.customer.id}`;
    for (let count = 0; count < 30; count += 1)
      await expectOk(api.call("PATCH", path, { description: String(count) }));
    await waitFor(() => stream.ids("customers").length > 0, { what: "changes are told" });
    const times = stream.events.filter(({ event }) => event === "changed").map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(1_000, ...gaps)).toBeGreaterThan(150);
    await stream.close();
  });

  test("begin with a resync for a reader that comes back", async () => {
    const stream = await openEvents(api.url, api.ownerToken, { "last-event-id": "7" });
    expect(stream.events[0]?.event).toBe("resync");
    await stream.close();
  });

  test("end when the token is revoked", async () => {
    const token = await expectOk(api.call("POST", "/tokens", { name: "short", role: "viewer" }));
    const stream = await openEvents(api.url, token.token);
    await expectOk(api.call("DELETE", `/tokens/${token.id}`));
    await waitFor(() => stream.isClosed(), { what: "the stream is closed", timeoutMs: 15_000 });
    expect(stream.events.at(-1)?.event).toBe("end");
  });
});
