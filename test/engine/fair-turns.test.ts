import { expect, test } from "vitest";
import type { ReadyLane } from "#db/queue.ts";
import { FairTurns } from "#engine/fair-turns.ts";

const laneOf = (lane: string, customerId: string, shard = 0): ReadyLane => ({
  lane,
  customerId,
  shard,
  organizationId: "o",
  flowId: "f",
});
const endless = () => ({ lane: 1_000, customer: 1_000 });

function turnsOf(lanes: ReadyLane[], weightOf?: (customerId: string) => number): FairTurns {
  const turns = new FairTurns(weightOf);
  for (const lane of lanes) turns.offer(lane);
  return turns;
}
const taken = (
  turns: FairTurns,
  slots: number,
  roomOf: (lane: ReadyLane) => { lane: number; customer: number } = endless,
) => Object.fromEntries(turns.take({ slots, roomOf }).map(({ lane, take }) => [lane.lane, take]));

test("customers get equal turns however many lanes they have", () => {
  const turns = turnsOf([laneOf("a1", "a"), laneOf("a2", "a"), laneOf("a3", "a"), laneOf("b1", "b")]);
  expect(taken(turns, 6)).toEqual({ a1: 1, a2: 1, a3: 1, b1: 3 });
});

test("the turn goes on where the last one ended", () => {
  const turns = turnsOf([laneOf("a", "a"), laneOf("b", "b"), laneOf("c", "c")]);
  const order = Array.from({ length: 6 }, () => Object.keys(taken(turns, 1))[0]);
  expect(order).toEqual(["a", "b", "c", "a", "b", "c"]);
});

test("a weight gives a customer that many in each round, also over several calls", () => {
  const turns = turnsOf([laneOf("a", "a"), laneOf("b", "b")], (customerId) => (customerId === "a" ? 3 : 1));
  const order = Array.from({ length: 8 }, () => Object.keys(taken(turns, 1))[0]).join("");
  expect(order).toBe("aaabaaab");
});

test("a lane at its cap, and a customer at its cap, are passed over and keep their place", () => {
  const turns = turnsOf([laneOf("a", "a"), laneOf("b1", "b"), laneOf("b2", "b")]);
  const roomOf = (lane: ReadyLane) => ({
    lane: lane.lane === "b1" ? 1 : 10,
    customer: lane.customerId === "b" ? 3 : 2,
  });
  expect(taken(turns, 20, roomOf)).toEqual({ a: 2, b1: 1, b2: 2 });
  expect(taken(turns, 4)).toEqual({ a: 2, b1: 1, b2: 1 });
});

test("nobody has room: nothing is given and the call ends", () => {
  const turns = turnsOf([laneOf("a", "a"), laneOf("b", "b")]);
  expect(taken(turns, 5, () => ({ lane: 0, customer: 5 }))).toEqual({});
});

test("a removed lane and a removed shard get no turn", () => {
  const turns = turnsOf([laneOf("a", "a", 1), laneOf("b", "b", 2), laneOf("c", "c", 2)]);
  turns.remove("a");
  expect(taken(turns, 4)).toEqual({ b: 2, c: 2 });
  turns.removeShard(2);
  expect(turns.size).toBe(0);
  expect(taken(turns, 4)).toEqual({});
});
