import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { type FailingExecution, startFailingExecution } from "../support/failing-execution.ts";
import { openHistory } from "../support/history-page.ts";
import { type RunningMillrace, startMillrace } from "../support/millrace.ts";

let millrace: RunningMillrace;
let browser: TestBrowser;
let failing: FailingExecution;

beforeAll(async () => {
  [millrace, browser] = await Promise.all([startMillrace(), startBrowser()]);
  failing = await startFailingExecution(millrace);
});

afterAll(async () => {
  await browser?.stop();
  await failing?.stop();
  await millrace?.stop();
  millrace?.remove();
});

const WAIT = /retry 2\/2 of the flow: postEntry failed, HTTP 503; at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)/;

test("Temporal UI tells of a waiting execution which step failed, why, and when it is tried again", async () => {
  const page = await openHistory(await browser.page(), failing.historyUrl);
  const timeline = await page.read("timeline", "retry 2/2 of the flow");
  const at = WAIT.exec(timeline)?.[1];
  expect(Date.parse(at ?? "")).toBeGreaterThan(Date.now());
  expect(timeline).toContain("Post the entry to the ledger");

  const details = await page.read("user-metadata", "Waiting until");
  for (const words of [
    "shop-to-ledger v1 / order-paid / Acme Ltd.",
    `Waiting until ${at}, then: attempt 2 of 2 of the flow, from the failed step.`,
    "Failed: step postEntry (Post the entry to the ledger), try 2",
    "Why: HTTP 503: The ledger answered 503: closed for maintenance",
    `/executions/${failing.executionId}`,
  ])
    expect(details).toContain(words);
});

test("Temporal UI tells of a failed execution which step failed and why, and what can be done", async () => {
  await failing.fail();
  const page = await openHistory(await browser.page(), failing.historyUrl);
  await page.read(
    "timeline",
    "Step postEntry failed in attempt 2 of 2 of the flow: HTTP 503: The ledger answered 503: closed for maintenance",
  );
  const details = await page.read("user-metadata", "Ended: failed");
  for (const words of [
    "attempt 2 of 2 of the flow. Done: 1 step.",
    "Why: HTTP 503: The ledger answered 503: closed for maintenance",
    "Resume in Millrace continues from the failed step",
  ])
    expect(details).toContain(words);
});
