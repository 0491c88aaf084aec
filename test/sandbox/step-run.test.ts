import { expect, test } from "vitest";
import { StepRun } from "#sandbox/cell/step-run.ts";
import { encodeFrame, type GuestDispatch } from "#sandbox/protocol.ts";

test("requests beyond the limit are refused in the cell, and the host hears nothing of them", async () => {
  const asked: number[] = [];
  const told: GuestDispatch[] = [];
  const limits = {
    cpuMs: 1_000,
    timeoutMs: 1_000,
    heapMb: 16,
    outputCharacters: 1_000,
    timers: 10,
    fetches: 2,
    logLines: 10,
    logLineCharacters: 100,
  };
  const run = new StepRun(1, limits, {
    burst: (_run, message) => told.push(message),
    fetch: (_run, { id }) => asked.push(id),
    abortFetch: () => {},
    log: () => {},
  });
  for (let id = 1; id <= 1_000; id += 1) run.answer(`fetch\n${encodeFrame({ id }, [""])}`);
  expect(told).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toEqual([1, 2]);
  expect(told).toHaveLength(998);
  expect(told[0]).toMatchObject({
    op: "fetched",
    id: 3,
    ok: false,
    message: "fetch failed: a step makes at most 2 requests",
  });
});
