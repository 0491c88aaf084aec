import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
let example: Awaited<ReturnType<typeof deployExample>>;
beforeAll(async () => {
  api = await startTestApi();
  example = await deployExample(api.call);
});
afterAll(() => api.stop());

const BEFORE = 24;
const WRITERS = 3;
const PAGE = 4;
/** Enough to be in the way of each page; without an end, a list by name might grow as fast as it is read. */
const MOST_ADDED = 36;

interface List {
  /** Path of the list, narrowed to what `add` makes. */
  path: string;
  /** Makes one more and tells its id. */
  add(): Promise<string>;
}

/** Reads a list to its end while writers add to it all along, at least one before each page. */
async function readWhileWritten({ path, add }: List): Promise<{ seen: string[]; added: number }> {
  let isReading = true;
  let added = 0;
  const write = async (): Promise<void> => {
    while (isReading && added < MOST_ADDED) {
      await add();
      added += 1;
    }
  };
  const writers = Promise.all(Array.from({ length: WRITERS }, write));
  const seen: string[] = [];
  let cursor: string | null = null;
  try {
    do {
      await add();
      const after: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page = await expectOk(api.call("GET", `${path}&limit=${PAGE}${after}`));
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
  } finally {
    isReading = false;
    await writers;
  }
  return { seen, added };
}

const lists: Record<string, () => List> = {
  executions() {
    const ping = example.flows.find(({ key }: { key: string }) => key === "ping");
    const url = `${api.url}${new URL(ping.webhookUrl).pathname}`;
    return {
      path: `/executions?instance=${example.instance.id}`,
      async add() {
        const answer = await fetch(url, { method: "POST", body: "{}" });
        return ((await answer.json()) as { executionId: string }).executionId;
      },
    };
  },
  "executions by state"() {
    const ping = example.flows.find(({ key }: { key: string }) => key === "ping");
    return {
      path: `/executions?flow=${ping.id}&state=queued,running`,
      add: async () => (await expectOk(api.call("POST", `/flows/${ping.id}/test`, {}))).executionId,
    };
  },
  customers() {
    const label = createId();
    return {
      path: `/customers?label=${label}`,
      add: async () =>
        (await expectOk(api.call("POST", "/customers", { name: createId(), labels: [label] }))).id,
    };
  },
  "customers by name"() {
    const label = createId();
    let count = 0;
    // Half of them come before the page that is read, half behind it; names come more than once.
    const nameOf = (): string => `${(count += 1) % 2 === 0 ? "a" : "z"} ${count % 5}`;
    return {
      path: `/customers?sort=name&label=${label}`,
      add: async () =>
        (await expectOk(api.call("POST", "/customers", { name: nameOf(), labels: [label] }))).id,
    };
  },
  instances() {
    const label = createId();
    const body = { customerId: example.customer.id, integrationId: example.integration.id, labels: [label] };
    return {
      path: `/instances?label=${label}`,
      add: async () => (await expectOk(api.call("POST", "/instances", { ...body, name: createId() }))).id,
    };
  },
};

describe("a list that is read while rows arrive", () => {
  test.each(Object.keys(lists))("of %s has each that was there once, and none twice", async (name) => {
    const list = lists[name]!();
    const before = await Promise.all(Array.from({ length: BEFORE }, () => list.add()));
    const { seen, added } = await readWhileWritten(list);
    expect(new Set(seen).size).toBe(seen.length);
    expect(before.filter((id) => !seen.includes(id))).toEqual([]);
    expect(added).toBeGreaterThan(WRITERS);
  });
});
