import { config, cron, defineIntegration, RetryableError, type StepFetch } from "millrace";

/** Brings each night what has changed in a shop's catalogue to a search index, page by page. */
export default defineIntegration({
  key: "nightly-sync",
  name: "Nightly sync",
  config: {
    when: config.string({ label: "When, as a cron expression", default: "0 3 * * *" }),
    timeZone: config.string({ label: "Time zone", default: "Europe/Berlin" }),
    hours: config.number({ label: "Hours to look back", default: 26 }),
  },
  permissions: { net: ["catalogue.example:443", "index.example:443"] },
}).flow(
  "sync",
  {
    trigger: cron(
      { config: "when" },
      { timeZone: { config: "timeZone" }, overlap: "skip", catchUpMs: 6 * 3_600_000 },
    ),
    retry: { maxAttempts: 3, delayMs: 10 * 60_000 },
  },
  (flow) =>
    flow
      .step(
        "collect",
        { timeoutMs: 60_000, retry: { maxAttempts: 3 } },
        async ({ trigger, config, fetch, log }) => {
          // Two hours more than a day: a product that changed while the last run was reading is met again.
          const since = new Date(trigger.receivedAt.getTime() - config.hours * 3_600_000);
          const products = await collect(fetch, since);
          log.info(`${products.length} products changed since`, since.toISOString());
          return products;
        },
      )
      .step("index", { timeoutMs: 60_000, retry: { maxAttempts: 3 } }, async ({ steps, fetch }) => {
        for (let at = 0; at < steps.collect.length; at += BATCH) {
          // Writing a product again changes nothing: a try after a lost answer may begin from the start.
          const response = await fetch("https://index.example/products", {
            method: "PUT",
            json: steps.collect.slice(at, at + BATCH),
          });
          await assertOk(response, "The index");
        }
        return { indexed: steps.collect.length };
      }),
);

interface Product {
  id: string;
  title: string;
}

const BATCH = 100;
/** A step has fifty requests; more pages than that are a sync that should run more often. */
const MOST_PAGES = 40;

async function collect(fetch: StepFetch, since: Date): Promise<Product[]> {
  const products: Product[] = [];
  let cursor: string | null = "";
  for (let page = 0; cursor !== null && page < MOST_PAGES; page += 1) {
    const url = new URL("https://catalogue.example/products");
    url.searchParams.set("changedSince", since.toISOString());
    if (cursor !== "") url.searchParams.set("cursor", cursor);
    const response = await assertOk(await fetch(url), "The catalogue");
    const body = (await response.json()) as { products: Product[]; next: string | null };
    products.push(...body.products);
    cursor = body.next;
  }
  if (cursor !== null) throw new Error(`More than ${MOST_PAGES} pages have changed; let it run more often`);
  return products;
}

async function assertOk(response: Response, who: string): Promise<Response> {
  if (response.ok) return response;
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  throw new RetryableError(`${who} answered ${response.status}`, {
    status: response.status,
    ...(Number.isFinite(seconds) ? { after: seconds * 1_000 } : {}),
  });
}
