import { config, cron, defineIntegration, RetryableError, type StepFetch } from "millrace";

/** Brings each night what has changed in a shop's catalogue to a search index, page by page. */
export default defineIntegration({
  key: "nightly-sync",
  name: "Nightly sync",
  config: {
    when: config.string({ label: "When, as a cron expression", default: "0 3 * * *" }),
    timeZone: config.string({ label: "Time zone", default: "Europe/Berlin" }),
    hours: config.number({ label: "Hours to look back the first time", default: 24 }),
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
        async ({ trigger, config, state, fetch, log }) => {
          const until = trigger.receivedAt;
          const since = (await state.get<string>(SYNCED_UNTIL)) ?? hoursBefore(until, config.hours);
          const products = await collect(fetch, since);
          log.info(`${products.length} products changed since`, since);
          return { products, until: until.toISOString() };
        },
      )
      .step("index", { timeoutMs: 60_000, retry: { maxAttempts: 3 } }, async ({ steps, state, fetch }) => {
        const { products, until } = steps.collect;
        for (let at = 0; at < products.length; at += BATCH) {
          // Writing a product again changes nothing: a try after a lost answer may begin from the start.
          const response = await fetch("https://index.example/products", {
            method: "PUT",
            json: products.slice(at, at + BATCH),
          });
          await assertOk(response, "The index");
        }
        // Kept with this step's result: a run that fails before leaves the mark, and the next one reads from there.
        await state.set(SYNCED_UNTIL, until);
        return { indexed: products.length };
      }),
);

interface Product {
  id: string;
  title: string;
}

/** In the instance's state: what changed before has been indexed. */
const SYNCED_UNTIL = "syncedUntil";
const BATCH = 100;
/** A step has fifty requests; more pages than that are a sync that should run more often. */
const MOST_PAGES = 40;

function hoursBefore(time: Date, hours: number): string {
  return new Date(time.getTime() - hours * 3_600_000).toISOString();
}

async function collect(fetch: StepFetch, since: string): Promise<Product[]> {
  const products: Product[] = [];
  let cursor: string | null = "";
  for (let page = 0; cursor !== null && page < MOST_PAGES; page += 1) {
    const url = new URL("https://catalogue.example/products");
    url.searchParams.set("changedSince", since);
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
