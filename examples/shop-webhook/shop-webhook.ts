import { config, defineIntegration, FatalError, onDelete, onDeploy, reply, webhook } from "millrace";
import { keepRegistered, removeRegistration } from "./registration.ts";

/** Registers its own webhook at a shop on each deploy, takes the shop's orders, and removes it when it is deleted. */
export default defineIntegration({
  key: "shop-webhook",
  name: "Shop webhook",
  config: { shopUrl: config.string({ label: "Shop", help: "Its address, as in http://127.0.0.1:8091" }) },
  permissions: { net: ["127.0.0.1"] },
})
  .flow("register", { trigger: onDeploy(), retry: { maxAttempts: 5, delayMs: 10_000 } }, (flow) =>
    flow.step("register", { retry: { maxAttempts: 3 } }, ({ trigger, ...context }) => {
      const { webhooks } = trigger.body.json() as { webhooks: Record<string, string> };
      const { order } = webhooks;
      if (order === undefined) throw new FatalError("The flow order has no webhook in this version");
      return keepRegistered(context, order);
    }),
  )
  .flow(
    "order",
    {
      trigger: webhook({
        dedupe: { header: "X-Shop-Delivery" },
        // The shop shows its people the number that an order has been given, where it comes in time.
        reply: { step: "number", withinMs: 5_000 },
      }),
    },
    (flow) =>
      flow
        .step("read", ({ trigger }) => trigger.body.json() as { id: string; total: number })
        .step("number", async ({ steps, state }) =>
          reply.json({ order: steps.read.id, number: await state.increment("orders") }, { status: 201 }),
        ),
  )
  .flow("remove", { trigger: onDelete(), retry: { maxAttempts: 3, delayMs: 2_000 } }, (flow) =>
    flow.step("remove", { retry: { maxAttempts: 3 } }, (context) => removeRegistration(context)),
  );
