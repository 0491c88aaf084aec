import { createId } from "#contract/create-id.ts";
import { insertFlowCalls } from "#db/flow-calls.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
let example: Awaited<ReturnType<typeof deployExample>>;
let pushId: string;
beforeAll(async () => {
  api = await startTestApi();
  example = await deployExample(api.call);
  pushId = example.flows.find((flow: { key: string }) => flow.key === "push").id;
});
afterAll(() => api.stop());

const get = (path: string): Promise<Answer["body"]> => expectOk(api.call("GET", path));

async function startTest(body: object = {}): Promise<string> {
  return (await expectOk(api.call("POST", `/flows/${pushId}/test`, body))).executionId;
}

/** What a worker writes: `parse` succeeded, `post` failed, the execution with it. */
async function failAtPost(id: string): Promise<void> {
  const { pool } = api.database;
  const step = `insert into step_results (execution_id, path, generation, attempt, step_attempt, seq, outcome, output,
    output_characters, error, started_at, wait_ms, run_ms, cpu_ms) values ($1, $2, 1, 1, $3::int, $3::int, $4, $5, $6, $7, now(), 1, 2, 3)`;
  await pool.query(step, [id, "parse", 1, "ok", '{"lines":3}', 11, null]);
  const error = JSON.stringify({ code: "step/threw", message: "HTTP 500 from the ledger", retryable: true });
  await pool.query(step, [id, "post", 2, "threw", null, 0, error]);
  await pool.query("delete from queue where execution_id = $1", [id]);
  await pool.query(
    `update executions set state = 'failed', finished_at = now(), started_at = now(), error = $2 where id = $1`,
    [id, JSON.stringify({ code: "step/threw", message: "HTTP 500 from the ledger", path: "post" })],
  );
}

describe("an execution", () => {
  test("of a test keeps the payload that was made up, secrets masked", async () => {
    const id = await startTest({
      method: "PUT",
      path: "/sub",
      query: "a=1",
      headers: { "X-Token": "hush" },
      body: "AP8=",
      encoding: "base64",
    });
    expect(await get(`/executions/${id}`)).toMatchObject({ trigger: "test", isTest: true, state: "queued" });
    const payload = await get(`/executions/${id}/payload`);
    expect(payload).toMatchObject({
      method: "PUT",
      path: "/sub",
      query: "a=1",
      encoding: "base64",
      body: "AP8=",
    });
    expect(JSON.stringify(payload.headers)).not.toContain("hush");
  });

  test("shows what it started, and by whom it was started", async () => {
    const id = await startTest();
    const call = { key: "#1", flowKey: "push", executionId: createId(), payload: "{}" };
    const caller = { executionId: id, path: "parse", instanceId: example.instance.id };
    await api.database.db
      .transaction()
      .execute((transaction) => insertFlowCalls(transaction, caller, [call]));
    const { executionId } = call;
    expect(await get(`/executions/${id}`)).toMatchObject({
      calledBy: null,
      calls: [{ path: "parse", key: "#1", flowKey: "push", executionId, state: "queued" }],
    });
    expect(await get(`/executions/${executionId}`)).toMatchObject({
      trigger: "call",
      isTest: true,
      calledBy: id,
      calls: [],
    });
  });

  test("shows each step, with those that have not run", async () => {
    const id = await startTest();
    expect((await get(`/executions/${id}/steps`)).items).toMatchObject([
      { path: "parse", state: "pending", attempts: [] },
      { path: "post", state: "pending", attempts: [] },
    ]);
    await failAtPost(id);
    expect((await get(`/executions/${id}/steps`)).items).toMatchObject([
      { path: "parse", state: "succeeded", output: { lines: 3 }, attempts: [{ outcome: "ok", runMs: 2 }] },
      { path: "post", state: "failed", attempts: [{ error: { message: "HTTP 500 from the ledger" } }] },
    ]);
  });

  test("tells its place in Temporal, its timings and its error", async () => {
    const id = await startTest();
    await failAtPost(id);
    const execution = await get(`/executions/${id}`);
    const workflowId = `x/${api.organizationId}/${example.instance.id}/${id}`;
    expect(execution).toMatchObject({
      state: "failed",
      maxAttempts: 3,
      revision: 1,
      error: { code: "step/threw", path: "post" },
      temporal: { workflowId, namespace: "default" },
      temporalUiUrl: `http://ui.test/namespaces/default/workflows/${encodeURIComponent(workflowId)}`,
      consoleUrl: `http://api.test/executions/${id}`,
    });
    expect(execution.timings.queuedMs).toBeGreaterThanOrEqual(0);
  });

  test("of a payload that retention took says so", async () => {
    const id = await startTest();
    await api.database.pool.query("delete from payloads where execution_id = $1", [id]);
    expect(await api.call("GET", `/executions/${id}/payload`)).toMatchObject({ status: 410 });
    expect(await api.call("POST", `/executions/${id}/replay`, {})).toMatchObject({
      status: 410,
      body: { code: "request/payload-expired" },
    });
  });
});

describe("an audit", () => {
  test("is read page by page, what was refused alone too, with a count of what was not kept", async () => {
    const id = await startTest();
    const insert = (stepAttempt: number, records: object[], dropped: number) =>
      api.database.pool.query(
        `insert into step_results (execution_id, path, generation, attempt, step_attempt, seq, outcome,
          output_characters, accesses, logs_dropped, started_at, wait_ms, run_ms, cpu_ms)
         values ($1, 'post', 1, 1, $2, 1, 'threw', 0, $3, 0, now(), 0, 0, 0)`,
        [id, stepAttempt, JSON.stringify({ records, dropped })],
      );
    const atMs = Date.parse("2026-01-01T00:00:00.500Z");
    const access = (value: string, more: object) => ({ atMs, permission: "net", value, ...more });
    await insert(1, [access("a.com:443", { granted: true, address: "1.1.1.1" })], 3);
    await insert(
      2,
      [
        access("b.com:443", { granted: false, reason: "no rule allows it" }),
        access("a.com:443", { granted: true, address: "1.1.1.1" }),
      ],
      4,
    );
    const first = await get(`/executions/${id}/audit?limit=2`);
    expect(first).toMatchObject({ dropped: 7, items: [{ stepAttempt: 1 }, { stepAttempt: 2 }] });
    expect(first.items[1]).toEqual({
      at: "2026-01-01T00:00:00.500Z",
      permission: "net",
      value: "b.com:443",
      granted: false,
      address: null,
      reason: "no rule allows it",
      path: "post",
      generation: 1,
      attempt: 1,
      stepAttempt: 2,
    });
    const last = await get(`/executions/${id}/audit?limit=2&cursor=${first.nextCursor}`);
    expect(last).toMatchObject({ nextCursor: null, items: [{ value: "a.com:443", stepAttempt: 2 }] });
    expect((await get(`/executions/${id}/audit?granted=false`)).items).toHaveLength(1);
    expect((await get(`/executions/${id}/audit?granted=true`)).items).toHaveLength(2);
    expect(await api.call("GET", `/executions/${id}/audit?cursor=e30`)).toMatchObject({ status: 400 });
    expect(await api.call("GET", `/executions/${createId()}/audit`)).toMatchObject({ status: 404 });
  });
});

describe("a log", () => {
  test("is read page by page in order, and followed from its end", async () => {
    const id = await startTest();
    const insert = (from: number, to: number) =>
      api.database.pool.query(
        `insert into logs (execution_id, generation, attempt, step_attempt, path, line, organization_id, customer_id,
          instance_id, at, severity, message)
         select id, 1, 1, 1, 'parse', n, organization_id, customer_id, instance_id, '2026-01-01T00:00:00Z'::timestamptz
           + (n / 10) * interval '1 ms', n % 4, 'line ' || n
         from executions, generate_series($2::int, $3::int) as n where id = $1`,
        [id, from, to],
      );
    await insert(1, 25);
    const lines: number[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 4; page += 1) {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const { items, nextCursor } = await get(`/executions/${id}/logs?limit=10${query}`);
      lines.push(...items.map(({ line }: { line: number }) => line));
      cursor = nextCursor;
    }
    expect(lines).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    await insert(26, 27);
    expect((await get(`/executions/${id}/logs?cursor=${cursor}`)).items).toMatchObject([
      { line: 26 },
      { line: 27 },
    ]);
    expect((await get(`/executions/${id}/logs?severity=error`)).items).toHaveLength(7);
    expect((await get(`/executions/${id}/logs?text=line%2027`)).items).toHaveLength(1);
    expect(await api.call("GET", `/executions/${id}/logs?cursor=e30`)).toMatchObject({
      status: 400,
      body: { field: "/cursor" },
    });
  });
});

describe("the list", () => {
  test.each<[string, () => string]>([
    ["instance", () => example.instance.id],
    ["customer", () => example.customer.id],
    ["integration", () => example.integration.id],
    ["flow", () => pushId],
    ["flow", () => "push"],
    ["version", () => "1"],
    ["state", () => "queued,failed"],
    ["from", () => new Date(Date.now() - 60_000).toISOString()],
    ["to", () => new Date(Date.now() + 60_000).toISOString()],
  ])("filters by %s", async (filter, value) => {
    const id = await startTest();
    const { items } = await get(`/executions?${filter}=${encodeURIComponent(value())}`);
    expect(items[0].id).toBe(id);
  });

  test.each(["flow=ping", "version=2", "state=lost", "to=2020-01-01T00:00:00Z", "text=nothing%20like%20it"])(
    "finds nothing by %s",
    async (filter) => {
      await startTest();
      expect((await get(`/executions?${filter}`)).items).toEqual([]);
    },
  );

  test("finds by a part of the error's message", async () => {
    const id = await startTest();
    await failAtPost(id);
    expect((await get("/executions?text=from%20the%20LEDGER")).items[0].id).toBe(id);
  });
});

describe("a replay", () => {
  test("is a new execution of the deployed revision with the same payload, linked both ways", async () => {
    const id = await startTest({ body: '{"n":1}' });
    await expectOk(api.call("POST", `/instances/${example.instance.id}/deploy`, { note: "corrected" }));
    const replay = await expectOk(api.call("POST", `/executions/${id}/replay`, {}));
    const original = await get(`/executions/${id}`);
    const copy = await get(`/executions/${replay.executionId}`);
    expect(copy).toMatchObject({ trigger: "replay", replayOf: id, state: "queued", isTest: true });
    expect(original.replays).toEqual([replay.executionId]);
    expect(copy.revision).toBe(original.revision + 1);
    expect((await get(`/executions/${replay.executionId}/payload`)).body).toBe('{"n":1}');
  });

  test("of the original revision runs that one", async () => {
    const id = await startTest();
    await expectOk(api.call("POST", `/instances/${example.instance.id}/deploy`, {}));
    const replay = await expectOk(api.call("POST", `/executions/${id}/replay`, { revision: "original" }));
    expect((await get(`/executions/${replay.executionId}`)).revision).toBe(
      (await get(`/executions/${id}`)).revision,
    );
  });
});

describe("a resume", () => {
  test("keeps the results before the step that failed, and nothing after it", async () => {
    const id = await startTest();
    await failAtPost(id);
    const resumed = await expectOk(api.call("POST", `/executions/${id}/resume`, {}));
    expect(resumed.keptSteps).toEqual(["parse"]);
    expect(await get(`/executions/${resumed.executionId}`)).toMatchObject({
      trigger: "resume",
      resumeOf: id,
    });
    expect((await get(`/executions/${resumed.executionId}/steps`)).items).toMatchObject([
      { path: "parse", state: "kept", output: { lines: 3 } },
      { path: "post", state: "pending" },
    ]);
    expect((await get(`/executions/${id}`)).replays).toEqual([resumed.executionId]);
  });

  test("of one that has not failed is a conflict that says what to do", async () => {
    const id = await startTest();
    expect(await api.call("POST", `/executions/${id}/resume`, {})).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("replay it instead") },
    });
  });
});

describe("a cancel", () => {
  test("of a queued execution is done at once, and once", async () => {
    const id = await startTest();
    expect(await api.call("POST", `/executions/${id}/cancel`)).toMatchObject({
      status: 200,
      body: { requestId: null },
    });
    expect((await get(`/executions/${id}`)).state).toBe("cancelled");
    expect((await api.call("POST", `/executions/${id}/cancel`)).status).toBe(409);
  });

  test("of a running execution asks a worker", async () => {
    const id = await startTest();
    await api.database.pool.query("update queue set status = 2 where execution_id = $1", [id]);
    await api.database.pool.query("update executions set state = 'running' where id = $1", [id]);
    const { status, body } = await api.call("POST", `/executions/${id}/cancel`);
    expect(status).toBe(202);
    const { rows } = await api.database.pool.query("select kind, input from requests where id = $1", [
      body.requestId,
    ]);
    expect(rows).toMatchObject([{ kind: "cancel-execution", input: { executionId: id } }]);
  });
});

test("retry-now asks a worker for one that waits, and refuses any other", async () => {
  const id = await startTest();
  expect((await api.call("POST", `/executions/${id}/retry-now`)).status).toBe(409);
  await api.database.pool.query(
    "update executions set state = 'waiting', waiting_reason = 'retry', waiting_detail = 'retry 2/3 of post', waiting_until = now() + interval '1 h' where id = $1",
    [id],
  );
  expect((await get(`/executions/${id}`)).waiting).toMatchObject({
    reason: "retry",
    detail: "retry 2/3 of post",
  });
  expect((await api.call("POST", `/executions/${id}/retry-now`)).status).toBe(202);
});

describe("a page for people", () => {
  const page = async (path: string) => {
    const response = await fetch(`${api.url}${path}`);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  test.each(["/", "/api/docs"])("%s needs nothing from elsewhere", async (path) => {
    const { status, headers, text } = await page(path);
    expect(status).toBe(200);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|src="http|@import/);
  });

  test("of an execution says how to see it, and nothing of it", async () => {
    const id = await startTest();
    const { status, text } = await page(`/executions/${id}`);
    expect(status).toBe(200);
    expect(text).toContain(`executions:get ${id}`);
    expect(text).not.toContain("queued");
    expect((await page("/executions/%3Cscript%3E")).status).toBe(404);
  });

  test("the OpenAPI document names its schemas and needs a token for every route", async () => {
    const document = JSON.parse((await page("/api/openapi.json")).text);
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(["Customer", "Execution", "Instance", "Problem"]),
    );
    expect(document.components.securitySchemes.token.scheme).toBe("bearer");
  });
});
