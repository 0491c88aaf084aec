import { afterAll, beforeAll, expect, test } from "vitest";
import { deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
let example: Awaited<ReturnType<typeof deployExample>>;
/** Oldest first; each has lines 1 to 5, one with each severity and one more. */
const executions: string[] = [];
beforeAll(async () => {
  api = await startTestApi();
  example = await deployExample(api.call);
  const { id } = example.flows.find(({ key }: { key: string }) => key === "ping");
  for (let count = 0; count < 3; count += 1) {
    const { executionId } = await expectOk(api.call("POST", `/flows/${id}/test`, {}));
    executions.push(executionId);
    await api.database.pool.query(
      `insert into logs (execution_id, generation, attempt, step_attempt, path, line, organization_id, customer_id,
        instance_id, at, severity, message)
       select id, 1, 1, 1, 'only', n, organization_id, customer_id, instance_id, received_at + n / 2 * interval '1 ms',
         n % 4, 'order ' || n from executions, generate_series(1, 5) as n where id = $1`,
      [executionId],
    );
  }
});
afterAll(() => api.stop());

interface Line {
  executionId: string;
  line: number;
}
const search = async (query: string): Promise<Line[]> =>
  (await expectOk(api.call("GET", `/logs?${query}`))).items;

test("a search reads over all executions page by page, the newest first, no line twice", async () => {
  const seen: Line[] = [];
  let cursor = "";
  do {
    const page = await expectOk(api.call("GET", `/logs?limit=4${cursor}`));
    seen.push(...page.items);
    cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
  } while (cursor !== "");
  const expected = executions
    .toReversed()
    .flatMap((executionId) => [5, 4, 3, 2, 1].map((line) => ({ executionId, line })));
  expect(seen.map(({ executionId, line }) => ({ executionId, line }))).toEqual(expected);
});

test("a search is narrowed by text, severity, instance, customer, execution and time", async () => {
  const { instance, customer } = example;
  expect(await search("text=ORDER%203")).toHaveLength(3);
  expect(await search("severity=error")).toHaveLength(3);
  expect(await search(`instance=${instance.id}&customer=${customer.id}`)).toHaveLength(15);
  expect(await search(`execution=${executions[1]}&severity=warn`)).toMatchObject([
    { line: 3, executionId: executions[1], instanceId: instance.id, flowKey: "ping", severity: "error" },
    { line: 2 },
  ]);
  expect(await search(`instance=${customer.id}`)).toEqual([]);
  expect(await search("to=2026-01-01T00:00:00Z")).toEqual([]);
  expect(await search(`from=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
});

test("another organization finds nothing", async () => {
  const other = api.callAs((await api.addOrganization()).token);
  expect((await expectOk(other("GET", `/logs?execution=${executions[0]}`))).items).toEqual([]);
});
