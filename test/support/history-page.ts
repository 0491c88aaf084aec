import type { Page } from "playwright-core";
import { waitFor } from "./wait-for.ts";

type Tab = "timeline" | "history" | "user-metadata";

/** A workflow's page in Temporal UI. */
export interface HistoryPage {
  /** Opens a tab and gives its text once these words are there. */
  read(tab: Tab, words: string): Promise<string>;
}

/** Opens a workflow's page, and waits for the address to name the run, which Temporal UI does by itself. */
export async function openHistory(page: Page, url: string): Promise<HistoryPage> {
  await page.goto(url);
  await page.waitForURL(/\/timeline/);
  const base = page.url().replace(/\/timeline.*$/, "");
  return {
    async read(tab, words) {
      if (!page.url().includes(`/${tab}`)) await page.goto(`${base}/${tab}`);
      return waitFor(
        async () => {
          const text = await textOf(page);
          return text.includes(words) ? text : undefined;
        },
        { what: `the tab ${tab} says "${words}"`, timeoutMs: 30_000, everyMs: 100 },
      );
    },
  };
}

/** With its frames: Temporal UI shows Markdown in them. Links show their target. */
async function textOf(page: Page): Promise<string> {
  const texts = await Promise.all(
    page.frames().map(async (frame) => {
      const links = await frame.locator("a").evaluateAll((all) => all.map((each) => String(each)));
      return [await frame.locator("body").innerText(), ...links].join("\n");
    }),
  );
  return texts.join("\n");
}
