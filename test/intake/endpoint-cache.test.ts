import { expect, test } from "vitest";
import type { EndpointChanges } from "#db/endpoint-changes.ts";
import type { Endpoint } from "#intake/endpoint.ts";
import { EndpointCache } from "#intake/endpoint-cache.ts";
import { waitFor } from "../support/wait-for.ts";

const tokenOf = (number: number) => String(number).padStart(32, "0");
const endpointOf = (flowId: string): Endpoint => ({
  flowId,
  state: { type: "not-deployed" },
  paused: false,
  apiKeys: [],
  secret: { type: "none" },
});

/** A cache over a made-up database, with its clock in hand. */
function setUp(options: { capacity?: number; gate?: Promise<void> } = {}) {
  const state = {
    nowMs: 0,
    loads: [] as string[],
    polls: 0,
    changes: { version: 1, flowIds: [] } as EndpointChanges,
    known: new Map<string, Endpoint>(),
    failure: undefined as Error | undefined,
  };
  const cache = new EndpointCache({
    async load(token) {
      state.loads.push(token);
      const found = state.known.get(token);
      await options.gate;
      return found;
    },
    changesSince() {
      state.polls += 1;
      return state.failure === undefined ? Promise.resolve(state.changes) : Promise.reject(state.failure);
    },
    onError: () => {},
    staleMs: 1_000,
    now: () => state.nowMs,
    ...(options.capacity !== undefined && { capacity: options.capacity }),
  });
  return { state, cache };
}

test("a token is read once, however many ask at the same time", async () => {
  const { state, cache } = setUp();
  state.known.set(tokenOf(1), endpointOf("f"));
  const found = await Promise.all(Array.from({ length: 50 }, () => cache.find(tokenOf(1))));
  expect(new Set(found).size).toBe(1);
  await cache.find(tokenOf(1));
  expect(state.loads).toEqual([tokenOf(1)]);
});

test("a token of another form costs no read", async () => {
  const { state, cache } = setUp();
  for (const token of ["", "short", `${tokenOf(1)}x`, "../../../../etc/passwd/aaaaaaaaaa", "é".repeat(32)]) {
    expect(await cache.find(token)).toBeUndefined();
  }
  expect([state.loads, state.polls]).toEqual([[], 0]);
});

test("unknown tokens never push out those that exist", async () => {
  const { state, cache } = setUp({ capacity: 3 });
  for (const number of [1, 2, 3]) state.known.set(tokenOf(number), endpointOf(`f${number}`));
  for (const number of [1, 2, 3]) await cache.find(tokenOf(number));
  for (let number = 100; number < 400; number += 1) await cache.find(tokenOf(number));
  state.loads = [];
  for (const number of [1, 2, 3]) await cache.find(tokenOf(number));
  expect(state.loads).toEqual([]);
});

test("the one that was used longest ago is forgotten first", async () => {
  const { state, cache } = setUp({ capacity: 2 });
  for (const number of [1, 2, 3]) state.known.set(tokenOf(number), endpointOf(`f${number}`));
  await cache.find(tokenOf(1));
  await cache.find(tokenOf(2));
  await cache.find(tokenOf(1));
  await cache.find(tokenOf(3));
  state.loads = [];
  await cache.find(tokenOf(1));
  expect(state.loads).toEqual([]);
  await cache.find(tokenOf(2));
  expect(state.loads).toEqual([tokenOf(2)]);
  expect(cache.size.known).toBe(2);
});

test("an answer older than it may be waits for a poll, and fails with it", async () => {
  const { state, cache } = setUp();
  state.known.set(tokenOf(1), endpointOf("f"));
  await cache.find(tokenOf(1));
  state.nowMs = 1_001;
  state.failure = new Error("Postgres is away");
  await expect(cache.find(tokenOf(1))).rejects.toThrow("away");
  state.failure = undefined;
  await cache.find(tokenOf(1));
  expect(state.loads).toHaveLength(1);
});

test("a changed flow is read again, others are not", async () => {
  const { state, cache } = setUp();
  for (const number of [1, 2]) state.known.set(tokenOf(number), endpointOf(`f${number}`));
  for (const number of [1, 2]) await cache.find(tokenOf(number));
  state.changes = { version: 2, flowIds: ["f1"] };
  state.nowMs = 2_000;
  state.loads = [];
  for (const number of [1, 2]) await cache.find(tokenOf(number));
  expect(state.loads).toEqual([tokenOf(1)]);
});

test("changes that are no longer known in full forget everything", async () => {
  const { state, cache } = setUp();
  state.known.set(tokenOf(1), endpointOf("f1"));
  await cache.find(tokenOf(1));
  state.changes = { version: 9, flowIds: undefined };
  state.nowMs = 2_000;
  await cache.find(tokenOf(1));
  expect(state.loads).toHaveLength(2);
});

test("an unknown token is asked for again once a flow has changed", async () => {
  const { state, cache } = setUp();
  expect(await cache.find(tokenOf(1))).toBeUndefined();
  expect(await cache.find(tokenOf(1))).toBeUndefined();
  expect(state.loads).toHaveLength(1);
  state.known.set(tokenOf(1), endpointOf("f1"));
  state.changes = { version: 2, flowIds: ["f1"] };
  state.nowMs = 2_000;
  expect(await cache.find(tokenOf(1))).toBeDefined();
});

test("a read that began before a change was seen is neither kept nor joined", async () => {
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { state, cache } = setUp({ gate });
  const [before, after] = [endpointOf("f1"), endpointOf("f1")];
  state.known.set(tokenOf(1), before);
  const early = cache.find(tokenOf(1));
  await waitFor(() => state.loads.length === 1, { what: "the first read has begun" });
  state.known.set(tokenOf(1), after);
  state.changes = { version: 2, flowIds: ["f1"] };
  state.nowMs = 2_000;
  const late = cache.find(tokenOf(1));
  await waitFor(() => state.loads.length === 2, { what: "the second read has begun" });
  open();
  expect(await early).toBe(before);
  expect(await late).toBe(after);
  expect(await cache.find(tokenOf(1))).toBe(after);
});

test("beyond a bounded line of reads senders are told to come again", async () => {
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { state, cache } = setUp({ gate });
  const asked = Array.from({ length: 600 }, (_, number) => cache.find(tokenOf(number)));
  const settled = Promise.allSettled(asked);
  await expect(asked.at(-1)).rejects.toMatchObject({ code: "engine/overloaded" });
  expect(state.loads).toHaveLength(2);
  open();
  const rejected = (await settled).filter((each) => each.status === "rejected");
  expect(rejected).toHaveLength(98);
});
