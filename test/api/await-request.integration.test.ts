import { afterAll, beforeAll, expect, test } from "vitest";
import { createRequestAwaiter } from "#api/await-request.ts";
import { createId } from "#contract/create-id.ts";
import { claimRequests, endRequest, insertRequest } from "#db/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const organizationId = createId();
const workerId = createId();

async function ask(): Promise<{ id: string; organizationId: string; kind: "retry-now" }> {
  const kind = "retry-now";
  const deadline = new Date(Date.now() + 60_000);
  const input = { executionId: createId() };
  return {
    id: await insertRequest(database.db, { organizationId, kind, input, deadline }),
    organizationId,
    kind,
  };
}

async function end(id: string, ending: Parameters<typeof endRequest>[2]): Promise<void> {
  await claimRequests(database.db, { workerId, limit: 10, leaseMs: 60_000 });
  await endRequest(database.db, { id, workerId }, ending);
}

test("a worker's answer is found without a hint, and at once with one", async () => {
  const { awaitRequest, onHint } = createRequestAwaiter(database.db);
  for (const hinted of [false, true]) {
    const request = await ask();
    const answer = awaitRequest(request, { timeoutMs: 10_000 });
    await end(request.id, { state: "done", result: { outcome: "woken" } });
    if (hinted) onHint("millrace_request", request.id);
    expect(await answer).toEqual({ outcome: "woken" });
  }
});

test("a worker's error is thrown as it is", async () => {
  const { awaitRequest } = createRequestAwaiter(database.db);
  const request = await ask();
  await end(request.id, {
    state: "failed",
    error: { code: "request/definition-refused", message: "no", field: "flows[0]" },
  });
  await expect(awaitRequest(request, { timeoutMs: 1_000 })).rejects.toMatchObject({
    code: "request/definition-refused",
    message: "no",
    field: "flows[0]",
  });
});

test("no answer in time is unavailable, and names the request", async () => {
  const { awaitRequest } = createRequestAwaiter(database.db);
  const request = await ask();
  await expect(awaitRequest(request, { timeoutMs: 30 })).rejects.toMatchObject({
    code: "engine/unavailable",
    message: expect.stringContaining(request.id),
  });
});

test("a caller that goes away is waited for no longer", async () => {
  const { awaitRequest } = createRequestAwaiter(database.db);
  const controller = new AbortController();
  const answer = awaitRequest(await ask(), { timeoutMs: 60_000, signal: controller.signal });
  controller.abort(new Error("gone"));
  await expect(answer).rejects.toThrow("gone");
});
