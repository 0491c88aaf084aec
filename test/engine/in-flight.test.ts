import { expect, test } from "vitest";
import { InFlight } from "#engine/in-flight.ts";

const place = { lane: "lane", customerId: "customer", shard: 3 };

test("what begins holds a slot until it ends, once", () => {
  const inFlight = new InFlight();
  inFlight.begin("x", place, 0);
  inFlight.begin("x", place, 0);
  expect([inFlight.used, inFlight.countOf("lane"), inFlight.countOf("customer")]).toEqual([1, 1, 1]);
  expect([inFlight.end("x"), inFlight.end("x")]).toEqual([true, false]);
  expect([inFlight.used, inFlight.countOf("lane")]).toEqual([0, 0]);
});

test("a parked execution counts nowhere, and waking takes its slot again", () => {
  const inFlight = new InFlight();
  inFlight.begin("x", place, 0);
  inFlight.park("x");
  inFlight.park("x");
  expect([inFlight.used, inFlight.countOf("lane")]).toEqual([0, 0]);
  inFlight.begin("y", place, 0);
  inFlight.wake("x", 0);
  expect([inFlight.used, inFlight.countOf("lane")]).toEqual([2, 2]);
  inFlight.end("x");
  expect(inFlight.used).toBe(1);
});

test("an execution that ends while parked gives nothing back twice", () => {
  const inFlight = new InFlight();
  inFlight.begin("x", place, 0);
  inFlight.park("x");
  inFlight.end("x");
  expect([inFlight.used, inFlight.countOf("lane")]).toEqual([0, 0]);
});

test("another worker's execution counts for caps only, until its shard is lost", () => {
  const inFlight = new InFlight();
  inFlight.begin("mine", place, 0);
  inFlight.beginElsewhere("theirs", place, 0);
  inFlight.beginElsewhere("mine", place, 0);
  expect([inFlight.used, inFlight.countOf("lane")]).toEqual([1, 2]);
  inFlight.forgetElsewhere(3);
  expect([inFlight.used, inFlight.countOf("lane")]).toEqual([1, 1]);
});

test("a dead worker's execution takes a slot, once, and is this worker's from then on", () => {
  const inFlight = new InFlight();
  inFlight.beginElsewhere("orphan", place, 0);
  inFlight.adopt("orphan", place, 0);
  inFlight.adopt("orphan", place, 0);
  expect([inFlight.used, inFlight.countOf("lane")]).toEqual([1, 1]);
  inFlight.forgetElsewhere(3);
  expect(inFlight.used).toBe(1);
});

test("an execution that wakes here unknown takes a slot", () => {
  const inFlight = new InFlight();
  inFlight.wake("left by a dead worker", 5);
  expect(inFlight.used).toBe(1);
  expect([inFlight.listSince(4), inFlight.listSince(5)]).toEqual([[], ["left by a dead worker"]]);
});

test("the wait for its first step is told once, and only of what this worker started", () => {
  const inFlight = new InFlight();
  inFlight.begin("mine", place, 7);
  expect([inFlight.reach("mine"), inFlight.reach("mine"), inFlight.beganAt("mine")]).toEqual([
    7,
    undefined,
    7,
  ]);
  inFlight.beginElsewhere("theirs", place, 8);
  expect([inFlight.reach("theirs"), inFlight.beganAt("theirs")]).toEqual([undefined, undefined]);
  inFlight.adopt("theirs", place, 9);
  expect([inFlight.reach("theirs"), inFlight.beganAt("theirs")]).toEqual([undefined, 9]);
  expect(inFlight.reach("unknown")).toBeUndefined();
});
