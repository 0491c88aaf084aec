import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";

/**
 * A small shop that others register webhooks at, as many services have it:
 *
 *   POST   /webhooks       { address }: 201 and its id; the same Idempotency-Key again is the same registration
 *   PUT    /webhooks/:id   { address }: 200, or 404
 *   DELETE /webhooks/:id   204, or 404
 */
export interface Shop {
  url: string;
  /** Addresses by registration. */
  webhooks: ReadonlyMap<string, string>;
  /** Somebody buys: every registration is told, with a delivery id of its own. Resolves to the answers. */
  order(order: { id: string; total: number }): Promise<{ status: number; body: unknown }[]>;
  /** Forgets all registrations, as a service does that was set up anew. */
  forget(): void;
  stop(): Promise<void>;
}

export async function startShop(): Promise<Shop> {
  const webhooks = new Map<string, string>();
  const byKey = new Map<string, string>();
  const app = createRoutes(webhooks, byKey);
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo; // a listening TCP server has one
  return {
    url: `http://127.0.0.1:${port}`,
    webhooks,
    order: (order) => Promise.all([...webhooks.values()].map((address) => deliver(address, order))),
    forget() {
      webhooks.clear();
      byKey.clear();
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

function createRoutes(webhooks: Map<string, string>, byKey: Map<string, string>): Hono {
  return new Hono()
    .post("/webhooks", async (c) => {
      const key = c.req.header("Idempotency-Key") ?? randomUUID();
      const id = byKey.get(key) ?? randomUUID();
      const { address } = await c.req.json<{ address: string }>();
      byKey.set(key, id);
      webhooks.set(id, address);
      return c.json({ id, address }, 201);
    })
    .put("/webhooks/:id", async (c) => {
      const id = c.req.param("id");
      if (!webhooks.has(id)) return c.notFound();
      const { address } = await c.req.json<{ address: string }>();
      webhooks.set(id, address);
      return c.json({ id, address });
    })
    .delete("/webhooks/:id", (c) => (webhooks.delete(c.req.param("id")) ? c.body(null, 204) : c.notFound()));
}

async function deliver(address: string, order: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Shop-Delivery": randomUUID() },
    body: JSON.stringify(order),
  });
  const body: unknown = await response.json();
  return { status: response.status, body };
}
