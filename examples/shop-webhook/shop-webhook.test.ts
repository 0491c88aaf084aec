import { testFlow } from "millrace/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Shop, startShop } from "./shop.ts";
import integration from "./shop-webhook.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await startShop();
});
afterEach(() => shop.stop());

const event = (address: string) => JSON.stringify({ event: "deploy", webhooks: { order: address } });

/** One flow against the shop, with what earlier runs have left in the state. */
const run = (flow: string, options: { payload?: string; state?: Record<string, unknown> } = {}) =>
  testFlow(integration, flow, {
    config: { shopUrl: shop.url },
    fetch: (request) => fetch(request),
    ...options,
  });
const register = (address: string, state: Record<string, unknown> = {}) =>
  run("register", { payload: event(address), state });

test("the first deploy registers the flow's URL, the next ones put it right", async () => {
  const first = await register("https://hooks.example/1");
  expect([...shop.webhooks.values()]).toEqual(["https://hooks.example/1"]);
  const second = await register("https://hooks.example/2", first.stateValues);
  expect(second.output).toMatchObject({ made: false });
  expect([...shop.webhooks.values()]).toEqual(["https://hooks.example/2"]);
});

test("a shop that lost the registration gets it anew", async () => {
  const first = await register("https://hooks.example/1");
  shop.forget();
  const second = await register("https://hooks.example/1", first.stateValues);
  expect(second.output).toMatchObject({ made: true });
  expect([...shop.webhooks.keys()]).toEqual([second.stateValues["registration"]]);
});

test("the deletion removes it, and what is gone already is well", async () => {
  const { stateValues: state } = await register("https://hooks.example/1");
  expect((await run("remove", { state })).stateValues).toEqual({});
  expect(shop.webhooks.size).toBe(0);
  expect((await run("remove", { state })).state).toBe("succeeded");
  expect((await run("remove")).output).toEqual({ removed: null });
});

test("a shop that fails is asked three times, and nothing is kept of it", async () => {
  const result = await testFlow(integration, "register", {
    config: { shopUrl: shop.url },
    payload: event("https://hooks.example/1"),
    fetch: () => new Response("", { status: 503 }),
  });
  expect(result).toMatchObject({ state: "failed", attempts: { register: 3 }, stateValues: {} });
});

test("an order is answered with its number", async () => {
  const result = await run("order", { payload: '{"id":"A-1","total":10}', state: { orders: 6 } });
  expect(result.reply).toMatchObject({ status: 201, body: '{"order":"A-1","number":7}' });
});
