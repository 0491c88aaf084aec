import { config, defineIntegration, FatalError, RetryableError, webhook } from "millrace";
import { parseCheckout } from "./parse-checkout.ts";

/** Takes Stripe's `checkout.session.completed` and books each paid order once in a shop's back office. */
export default defineIntegration({
  key: "stripe-orders",
  name: "Stripe orders",
  config: {
    warehouse: config.picklist({ label: "Warehouse", options: ["berlin", "austin"] }),
    minimum: config.number({ label: "Smallest order in cents", default: 0 }),
  },
  permissions: { net: ["backoffice.example:443"] },
}).flow(
  "checkout",
  {
    // Checked on the raw bytes before anything is stored; the same event again is recognised by its id.
    trigger: webhook({ signature: "stripe", dedupe: { jsonPath: "id" } }),
    retry: { maxAttempts: 5, delayMs: 60_000 },
  },
  (flow) =>
    flow
      .step("parse", ({ trigger }) => parseCheckout(trigger.body.json()))
      .step(
        "book",
        { timeoutMs: 15_000, retry: { maxAttempts: 4 } },
        async ({ steps, config, fetch, log }) => {
          const order = steps.parse;
          if (order === null || order.amount < config.minimum) {
            log.info("left out", order === null ? "no paid checkout" : `${order.amount} cents`);
            return { booked: false, number: null };
          }
          const response = await fetch("https://backoffice.example/orders", {
            method: "POST",
            json: { ...order, warehouse: config.warehouse },
            // The same at each try: an order whose answer was lost is not booked twice.
            idempotencyKey: true,
          });
          if (response.status === 429 || response.status >= 500)
            throw new RetryableError(`The back office answered ${response.status}`, {
              status: response.status,
            });
          if (!response.ok)
            throw new FatalError(`The back office refused order ${order.id} with ${response.status}`);
          const booked = (await response.json()) as { number: string };
          return { booked: true, number: booked.number };
        },
      ),
);
