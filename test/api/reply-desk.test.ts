import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { ReplyDesk } from "#api/reply-desk.ts";
import type { AskedReply, FoundReply } from "#db/find-replies.ts";

const ID = "019a0000-0000-7000-8000-000000000001";
const staying = new AbortController().signal;

function createDesk({ most = 10 } = {}) {
  const rows = new Map<string, Pick<FoundReply, "state" | "output">>();
  const questions: AskedReply[][] = [];
  let failures = 0;
  const desk = new ReplyDesk({
    registry: new Registry(),
    onError: () => (failures += 1),
    most,
    find: async (asked) => {
      questions.push([...asked]);
      if (rows.size === 0) throw new Error("away");
      return asked.flatMap((each) => {
        const row = rows.get(each.executionId);
        return row === undefined ? [] : [{ ...each, ...row }];
      });
    },
  });
  const wait = (options: { withinMs?: number; duplicate?: boolean; signal?: AbortSignal } = {}) =>
    desk.wait({
      executionId: ID,
      path: "answer",
      withinMs: 60_000,
      duplicate: false,
      signal: staying,
      ...options,
    });
  return { desk, rows, questions, wait, failures: () => failures };
}

test("who waits is told when a hint says that there is an answer, and nothing is asked before", async () => {
  const { desk, rows, questions, wait } = createDesk();
  const waiting = wait();
  desk.onHint("millrace_execution", "another");
  desk.onHint("millrace_queue", ID);
  expect(questions).toEqual([]);
  rows.set(ID, { state: "running", output: '{"found":3}' });
  desk.onHint("millrace_execution", ID);
  expect(await waiting).toMatchObject({ type: "replied", reply: { status: 200, body: '{"found":3}' } });
});

test("an execution that ended without an answer is told at once", async () => {
  const { desk, rows, wait } = createDesk();
  const waiting = wait();
  rows.set(ID, { state: "failed", output: null });
  desk.onHint("millrace_execution", undefined);
  expect(await waiting).toEqual({ type: "failed" });
});

test("an answer above the limit is none", async () => {
  const { rows, wait } = createDesk();
  rows.set(ID, { state: "succeeded", output: JSON.stringify("x".repeat(1_000_001)) });
  expect(await wait({ duplicate: true })).toEqual({ type: "failed" });
});

test("a lost hint and a failing question cost half a second", async () => {
  const { desk, rows, wait, failures } = createDesk();
  const waiting = wait();
  desk.onHint("millrace_execution", ID);
  rows.set(ID, { state: "succeeded", output: "1" });
  expect(await waiting).toMatchObject({ type: "replied" });
  expect(failures()).toBe(1);
});

test("two that wait for one execution are both told, by one question", async () => {
  const { rows, questions, wait } = createDesk();
  rows.set(ID, { state: "succeeded", output: "1" });
  const both = await Promise.all([wait(), wait({ duplicate: true })]);
  expect(both.map(({ type }) => type)).toEqual(["replied", "replied"]);
  expect(questions.map(({ length }) => length)).toEqual([2]);
});

test("the deadline, a sender that leaves, a full desk and its end give what there is without a reply", async () => {
  const { desk, wait } = createDesk({ most: 2 });
  expect(await wait({ withinMs: 1 })).toEqual({ type: "late" });
  const leaving = new AbortController();
  const left = wait({ signal: leaving.signal });
  const stopped = wait();
  expect(await wait()).toEqual({ type: "late" });
  leaving.abort();
  expect(await left).toEqual({ type: "late" });
  await desk.stop();
  expect(await stopped).toEqual({ type: "late" });
  expect(await wait()).toEqual({ type: "late" });
});
