import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApiModules } from "#api/api-modules.ts";
import type { ApiParts } from "#api/api-parts.ts";
import { createRouter } from "#api/create-router.ts";
import { API_BASE } from "#api/define-route.ts";
import { apiDocs } from "#api/pages/api-docs.ts";
import { type RunningServer, serve } from "#api/serve.ts";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { OPERATIONS } from "./bad-input/description.ts";

/** The reference in a browser: nothing of it needs a database, so it is served alone. */
let server: RunningServer;
let browser: TestBrowser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  const api = createRouter();
  // Routes are described, and no handler runs: nothing looks into the parts.
  for (const add of createApiModules({} as ApiParts)) add(api);
  const app = createRouter();
  app.route(API_BASE, api);
  apiDocs({ version: "0.1.0", publicUrl: "http://localhost:8080" })(app);
  [server, browser] = await Promise.all([serve({ app, host: "127.0.0.1", port: 0 }), startBrowser()]);
  page = await browser.page({ width: 1440, height: 1000 });
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("data:"))
      complaints.push(`asked ${request.url()}`);
  });
  await page.goto(`${server.url}/api/docs`);
});
afterAll(async () => {
  await browser?.stop();
  await server?.stop();
});

test("the reference shows each route with a call, what it takes, answers and is refused with", async () => {
  const shown = await page
    .locator(".operation .route")
    .evaluateAll((routes) => routes.map((route) => route.textContent?.replaceAll(/\s+/g, " ").trim()));
  expect(shown).toHaveLength(OPERATIONS.length);
  expect(new Set(shown)).toEqual(new Set(OPERATIONS.map(({ route }) => route)));
  const create = page.locator("#post-customers");
  expect(await create.locator("h3").textContent()).toBe("Create a customer");
  expect(await create.locator("table").first().textContent()).toContain("externalId");
  expect(await create.locator("pre").first().textContent()).toMatch(/^curl --request POST [^]*"Acme Ltd\."/);
  expect(await create.locator("details").textContent()).toContain("request/conflict");
  expect(await create.locator(".roles").textContent()).toBe("For owner, admin, builder");
});

test("the reference leads to a call, a schema and a code by its links", async () => {
  await page.locator('nav a[href="#post-customers"]').click();
  expect(await page.locator("#post-customers").evaluate((section) => section.matches(":target"))).toBe(true);
  const names = (selector: string, attribute: string) =>
    page
      .locator(selector)
      .evaluateAll((found, name) => found.map((each) => each.getAttribute(name)), attribute);
  const ids = new Set(await names("[id]", "id"));
  const links = await names('a[href^="#"]', "href");
  expect(links.filter((link) => !ids.has(link?.slice(1) ?? ""))).toEqual([]);
  expect(await page.locator("#problems").textContent()).toContain("request/rate-limited");
});

test("the reference is styled, fits its window, and the browser has nothing to complain of", async () => {
  for (const width of [1440, 600]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.locator("html").evaluate((root) => root.scrollWidth)).toBe(width);
  }
  // Without its style the list of calls would stand above all else.
  await page.setViewportSize({ width: 1440, height: 900 });
  expect((await page.locator("main").boundingBox())?.x).toBeGreaterThan(200);
  expect(complaints).toEqual([]);
});
