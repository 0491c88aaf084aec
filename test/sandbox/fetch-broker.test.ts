import { expect, test } from "vitest";
import type { EgressContext, EgressFetch, EgressResponse } from "#contract/egress.ts";
import { LIMITS } from "#contract/limits.ts";
import { ByteBudget } from "#sandbox/host/byte-budget.ts";
import { FetchAllowance } from "#sandbox/host/fetch-allowance.ts";
import { FetchBroker, type FetchBrokerOptions } from "#sandbox/host/fetch-broker.ts";
import type { FetchAnswer, FetchHeader } from "#sandbox/protocol.ts";

const response = (url: string, body = "ok"): EgressResponse => ({
  status: 200,
  statusText: "OK",
  headers: [],
  body: Buffer.from(body),
  url,
  redirected: false,
});
const header = (id: number, change: Partial<FetchHeader> = {}): FetchHeader => ({
  id,
  url: "https://a.example/",
  method: "POST",
  headers: [],
  redirect: "follow",
  bodyEncoding: "utf8",
  lengths: [],
  ...change,
});

function brokerFor(fetch: EgressFetch, options: Partial<FetchBrokerOptions> = {}) {
  const answers: FetchAnswer[] = [];
  const budget = options.budget ?? new ByteBudget({ bytes: 1_000, domainBytes: 600 });
  const delivered: (() => void)[] = [];
  const broker = new FetchBroker({
    fetch,
    domain: "d",
    budget,
    allowance: new FetchAllowance(),
    permissions: {},
    mostFetches: 50,
    answer: (answer, _body, done) => {
      answers.push(answer);
      if (done !== undefined) delivered.push(done);
    },
    ...options,
  });
  return { broker, answers, budget, delivered };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("what waits in line is held within the budget, and given back when the step ends", async () => {
  const { broker, answers, budget } = brokerFor(() => new Promise(() => {}), {
    budget: new ByteBudget({ bytes: 10_000, domainBytes: 1_000 }),
  });
  for (let id = 0; id < 12; id += 1) broker.request(header(id), "x".repeat(100));
  expect(budget.heldBytes).toBe(1_000);
  expect(answers).toMatchObject([
    {
      id: 10,
      ok: false,
      name: "TypeError",
      message: expect.stringContaining("holds as many bytes") as string,
    },
    { id: 11, ok: false },
  ]);
  // One that waits, aborted.
  broker.abort(9);
  expect(budget.heldBytes).toBe(900);
  broker.end();
  await settle();
  // Those under way are given back by egress, which never answers here.
  expect(budget.heldBytes).toBe(600);
});

test("one trust domain cannot take the whole budget", () => {
  const budget = new ByteBudget({ bytes: 1_000, domainBytes: 600 });
  budget.take("a", 600);
  expect(() => budget.take("a", 1)).toThrow("holds as many bytes");
  budget.take("b", 400);
  expect(() => budget.take("c", 1)).toThrow("holds as many bytes");
  budget.giveBack("a", 600);
  budget.take("c", 600);
  expect(budget.heldBytes).toBe(1_000);
});

test("a response is held until the cell has taken it", async () => {
  const fetch: EgressFetch = ({ url }, { onBytes }) => {
    onBytes?.("received", 300);
    return Promise.resolve(response(url));
  };
  const { broker, answers, budget, delivered } = brokerFor(fetch);
  broker.request(header(1), "x");
  await settle();
  expect(answers).toMatchObject([{ ok: true }]);
  expect(budget.heldBytes).toBe(301);
  delivered[0]?.();
  expect(budget.heldBytes).toBe(0);
});

test("a response beyond the budget ends its request, and nothing stays held", async () => {
  const fetch: EgressFetch = ({ url }, { onBytes }) =>
    Promise.resolve().then(() => {
      onBytes?.("received", 500);
      onBytes?.("decoded", 500);
      return response(url);
    });
  const { broker, answers, budget } = brokerFor(fetch);
  broker.request(header(1), "x");
  await settle();
  expect(answers).toMatchObject([{ ok: false, name: "TypeError" }]);
  expect(budget.heldBytes).toBe(0);
});

test("ids given twice pass no limit, and all are given up at the end", () => {
  const contexts: EgressContext[] = [];
  const { broker } = brokerFor((_request, context) => {
    contexts.push(context);
    return new Promise(() => {});
  });
  for (let n = 0; n < 20; n += 1) broker.request(header(7), "");
  expect(contexts).toHaveLength(LIMITS.stepFetchesInFlight);
  broker.end();
  expect(contexts.every(({ signal }) => signal.aborted)).toBe(true);
});

test("requests and bytes are counted over all steps of an execution", async () => {
  const allowance = new FetchAllowance({ fetches: 3, bytes: 100 });
  const fetch: EgressFetch = ({ url }, { onBytes }) =>
    Promise.resolve().then(() => {
      onBytes?.("received", 60);
      return response(url);
    });
  const first = brokerFor(fetch, { allowance });
  first.broker.request(header(1), "");
  await settle();
  const second = brokerFor(fetch, { allowance });
  second.broker.request(header(1), "");
  await settle();
  second.broker.request(header(2), "");
  await settle();
  second.broker.request(header(3), "");
  expect(first.answers).toMatchObject([{ ok: true }]);
  expect(second.answers.map((answer) => (answer.ok ? "" : answer.message))).toEqual([
    "fetch failed: an execution sends and receives at most 100 bytes",
    "fetch failed: an execution sends and receives at most 100 bytes",
    "fetch failed: an execution makes at most 3 requests",
  ]);
});

test.each([
  {
    what: "body",
    asked: header(1),
    body: "x".repeat(LIMITS.fetchRequestBytes * 2),
    says: "body is larger than 5242880 bytes",
  },
  { what: "URL", asked: header(1, { url: "x".repeat(100_000) }), body: "", says: "that is too many" },
  { what: "method", asked: header(1, { method: "x".repeat(100_000) }), body: "", says: "that is too many" },
  {
    what: "number of headers",
    asked: header(1, { headers: Array.from({ length: 30_000 }, (): [string, string] => ["", ""]) }),
    body: "",
    says: "that is too many",
  },
])("a $what that is too large never waits in line", ({ asked, body, says }) => {
  const { broker, answers, budget } = brokerFor(() => Promise.reject(new Error("not reached")));
  broker.request(asked, body);
  expect(answers).toMatchObject([{ ok: false, message: expect.stringContaining(says) as string }]);
  expect(budget.heldBytes).toBe(0);
});
