import { afterAll, beforeAll, expect, test } from "vitest";
import { findPayload } from "#db/payloads.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";
import { seedEndpoint } from "./seed-endpoint.ts";
import { startTestApi, type TestApiOptions } from "./start-test-api.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function start(options: TestApiOptions) {
  const api = await startTestApi(database.url, options);
  const endpoint = await seedEndpoint({
    db: database.db,
    vault: api.vault,
    trigger: { dedupe: { header: "X-Id" } },
  });
  const send = (id: string, rest = "") =>
    api.hook(endpoint.token, { headers: { "X-Id": id }, body: "{}" }, rest);
  const count = async () =>
    (await database.db.selectFrom("executions").select("id").where("flow_id", "=", endpoint.flowId).execute())
      .length;
  return { api, endpoint, send, count };
}

test("a row that Postgres will not have does not take its window along", async () => {
  const windows: number[] = [];
  const { api, send, count } = await start({
    wrapCommit(commit, rows) {
      windows.push(rows.length);
      return commit(
        rows.map((row) => (row.path === "/poison" ? Object.assign(row, { query: "\u0000" }) : row)),
      );
    },
  });
  expect((await send("warm")).status).toBe(202);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => send(String(index), index === 13 ? "/poison" : "/fine")),
  );
  expect(answers.map((answer) => answer.status).filter((status) => status !== 202)).toEqual([500]);
  const problem = (await answers[13]!.json()) as { detail: string; code: string };
  expect(problem.code).toBe("engine/internal");
  expect(problem.detail).not.toContain("UTF8");
  expect(await count()).toBe(30);
  expect(Math.max(...windows)).toBeGreaterThan(1);
  await api.stop();
});

test("the kill point is reached after the commit and before the answer, once for each that is stored", async () => {
  const reached: string[] = [];
  const { api, send, count } = await start({ reachPoint: (point) => void reached.push(point) });
  await Promise.all(["a", "b", "c"].map((id) => send(id)));
  expect(reached).toEqual(Array.from({ length: 3 }, () => "intake-after-commit"));
  expect(await count()).toBe(3);
  await api.hook("0".repeat(32));
  expect(reached).toHaveLength(3);
  await api.stop();
});

test("an answer that was lost after the commit is given again to the same delivery", async () => {
  let dies = true;
  const { api, send, count } = await start({
    reachPoint() {
      if (!dies) return;
      dies = false;
      throw new Error("the process died here");
    },
  });
  expect((await send("x")).status).toBe(500);
  const again = await send("x");
  expect(await again.json()).toMatchObject({ duplicate: true });
  expect(await count()).toBe(1);
  await api.stop();
});

test("stopping waits for windows in flight, and answers them", async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = false;
  const { api, send } = await start({
    async wrapCommit(commit, rows) {
      waiting = true;
      await gate;
      return commit(rows);
    },
  });
  const sent = send("late");
  await waitFor(() => waiting, { what: "a window waits for Postgres" });
  const stopped = api.stop();
  release();
  const answer = await sent;
  expect(answer.status).toBe(202);
  expect(answer.headers.get("connection")).toBe("close");
  const { executionId } = (await answer.json()) as { executionId: string };
  await stopped;
  expect(await findPayload(database.db, executionId)).toBeDefined();
});
