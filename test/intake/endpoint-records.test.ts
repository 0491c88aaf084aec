import { expect, test } from "vitest";
import { LIMITS } from "#contract/limits.ts";
import { createEndpointRecords } from "#intake/endpoint-records.ts";

const refusal = (reason: string) => ({
  at: new Date(0),
  status: 401,
  code: "request/unauthenticated",
  reason,
  method: "POST",
  bodyBytes: null,
});

test("refusals and key uses are written together, the last of each", async () => {
  const written: string[] = [];
  const used: [string, number][] = [];
  const records = createEndpointRecords({
    insertRefused: async (rows) => void written.push(...rows.map((row) => `${row.flowId} ${row.reason}`)),
    updateKeysUsed: async (usedAt) => void used.push(...usedAt),
    onError: () => {},
  });
  for (let index = 0; index < LIMITS.refusedRequestsPerEndpoint + 5; index += 1) {
    records.recordRefusal("f", refusal(String(index)));
  }
  records.recordRefusal("g", refusal("one"));
  records.recordKeyUse("k", 1);
  records.recordKeyUse("k", 2);
  await records.stop();
  expect(written).toHaveLength(LIMITS.refusedRequestsPerEndpoint + 1);
  expect(written[0]).toBe("f 5");
  expect(used).toEqual([["k", 2]]);
});

test("a database that is away neither throws nor piles them up", async () => {
  const errors: unknown[] = [];
  const records = createEndpointRecords({
    insertRefused: () => Promise.reject(new Error("away")),
    updateKeysUsed: () => Promise.resolve(),
    onError: (error) => errors.push(error),
  });
  records.recordRefusal("f", refusal("x"));
  await records.stop();
  expect(errors).toHaveLength(1);
});
