import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { explainHistory, type History } from "#main/explain/explain-history.ts";
import { historyFromJson } from "../../support/history.ts";

/** One that was recorded, up to an event where it was still under way. */
function recorded(name: string, events = Number.POSITIVE_INFINITY): History {
  const file = new URL(`../../histories/${name}.json`, import.meta.url);
  const { history } = JSON.parse(readFileSync(file, "utf8"));
  return historyFromJson({ events: history.events.slice(0, events) });
}

/** Without the times. */
function told(history: History): string[] {
  return explainHistory(history, 0).map((line) => line.replace(/^\+[\d.]+ \w+ +/, ""));
}

test("a step that was tried again is told try by try, to the end", () => {
  expect(told(recorded("step-retry")).slice(1)).toEqual([
    'step "Step parse" is done: 2 fields, 1 ms',
    'step "Step post" failed: post answered 503 for order-4711',
    "waits 10 ms: retry 2/3 of post after HTTP 503",
    'step "Step post" is tried again (2) after: post answered 503 for order-4711',
    'step "Step post" is done: 200 from 127.0.0.1:46869, 1 field, 16 ms',
    "finalize: succeeded is done: succeeded, 4 steps run",
    "ended: succeeded, 4 steps run",
  ]);
});

test("of one that waits, the last line says for what and until when", () => {
  const history = recorded("step-retry", 7);
  const [started] = history.events ?? [];
  const nowMs = Number(String(started?.eventTime?.seconds)) * 1_000;
  expect(explainHistory(history, nowMs).at(-1)).toMatch(
    /^Now: it waits until 20\d\d-.*Z \(in \d+ ms\): retry 2\/3 of post after HTTP 503\.$/,
  );
  expect(explainHistory(history, nowMs + 60_000).at(-1)).toContain("due: no worker has taken it yet");
});

test("of one whose step runs, the last line says which", () => {
  expect(told(recorded("step-retry", 12)).at(-1)).toMatch(/^Now: step "Step post" has run for /);
});

test("signals and the sort of end are told", () => {
  expect(told(recorded("retry-now"))).toContain("received the signal retryNow");
  expect(told(recorded("failed")).at(-1)).toMatch(/^ended: failed/);
  expect(told(recorded("cancelled")).join("\n")).toContain("cancel");
});

test("one without anything under way waits for a worker", () => {
  expect(told(recorded("success", 1))).toEqual([
    expect.stringContaining("started at "),
    "It waits for a worker to take its next task.",
  ]);
});
