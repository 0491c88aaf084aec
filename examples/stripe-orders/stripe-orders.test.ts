import { readFile } from "node:fs/promises";
import { testFlow } from "millrace/testing";
import { expect, test } from "vitest";
import integration from "./stripe-orders.ts";

const payload = await readFile(new URL("checkout.json", import.meta.url), "utf8");
const config = { warehouse: "berlin" as const };
const answer = (status: number, body: object = { number: "B-7" }) => Response.json(body, { status });

test("a paid checkout is booked with the customer's warehouse and the step's key", async () => {
  const result = await testFlow(integration, "checkout", { payload, config, fetch: () => answer(201) });
  expect(result.output).toEqual({ booked: true, number: "B-7" });
  const [request] = result.requests;
  expect(JSON.parse(request?.body ?? "")).toEqual({
    id: "cs_1001",
    amount: 4250,
    currency: "eur",
    email: "ada@example.com",
    warehouse: "berlin",
  });
  expect(request?.headers.get("Idempotency-Key")).toBe("local/book");
});

test("a busy back office is asked again with the same key", async () => {
  const answers = [503, 429, 201];
  const fetch = () => answer(answers.shift() ?? 500);
  const result = await testFlow(integration, "checkout", { payload, config, fetch });
  expect(result).toMatchObject({ state: "succeeded", attempts: { book: 3 } });
  expect(new Set(result.requests.map(({ headers }) => headers.get("Idempotency-Key"))).size).toBe(1);
});

test("a refusal ends the execution at once", async () => {
  const result = await testFlow(integration, "checkout", { payload, config, fetch: () => answer(422) });
  expect(result.error).toMatchObject({ code: "step/fatal", step: "book" });
  expect(result.attempts["book"]).toBe(1);
});

test.each([
  ["another event", { type: "invoice.paid" }],
  [
    "an unpaid checkout",
    { type: "checkout.session.completed", data: { object: { payment_status: "unpaid" } } },
  ],
])("%s is left out", async (_name, event) => {
  const result = await testFlow(integration, "checkout", { payload: event, config });
  expect(result).toMatchObject({ output: { booked: false }, requests: [] });
});

test("an order below the customer's minimum is left out", async () => {
  const result = await testFlow(integration, "checkout", { payload, config: { ...config, minimum: 5_000 } });
  expect(result.output).toMatchObject({ booked: false });
  expect(result.logs[0]?.message).toBe("left out 4250 cents");
});

test.each([
  ["what is no event", "{}", "no event of Stripe's"],
  ["what is no JSON", "<html>", "cannot be read as json"],
])("%s ends the execution at once", async (_name, body, message) => {
  const result = await testFlow(integration, "checkout", { payload: body, config });
  expect(result.error?.code).toBe("step/fatal");
  expect(result.error?.message).toContain(message);
});
