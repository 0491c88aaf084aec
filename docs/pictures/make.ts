/**
 * Makes the pictures of `docs/reading-a-history.md` again: `node --no-node-snapshot docs/pictures/make.ts`. To be run
 * when what a history says has changed; look at them before they are committed.
 */
import type { Page } from "playwright-core";
import { startBrowser } from "../../test/support/browser.ts";
import { startFailingExecution } from "../../test/support/failing-execution.ts";
import { openHistory } from "../../test/support/history-page.ts";
import { startMillrace } from "../../test/support/millrace.ts";

const SIZE = { width: 1440, height: 1130 };

async function save(page: Page, name: string): Promise<void> {
  // The time line grows into its place; a picture is of what has come to rest.
  await page.waitForTimeout(2_000);
  await page.screenshot({ path: new URL(`${name}.png`, import.meta.url).pathname });
}

const [millrace, browser] = await Promise.all([startMillrace(), startBrowser()]);
try {
  const failing = await startFailingExecution(millrace);
  const page = await browser.page(SIZE);
  const waiting = await openHistory(page, failing.historyUrl);
  await waiting.read("timeline", "retry 2/2 of the flow");
  await save(page, "waiting-timeline");
  await waiting.read("user-metadata", "Waiting until");
  await save(page, "waiting-details");
  await failing.fail();
  const failed = await openHistory(page, failing.historyUrl);
  await failed.read("timeline", "finalize");
  await save(page, "failed-timeline");
  await failing.stop();
} finally {
  await browser.stop();
  await millrace.stop();
  millrace.remove();
}
