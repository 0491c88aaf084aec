import { Hono } from "hono";
import { createId } from "#contract/create-id.ts";

const at = new Date(0).toISOString();

/** As much of the REST API as the demo uses, in memory: it remembers what was called, and refuses doubles. */
export class FakeApi {
  readonly calls: string[] = [];
  readonly customers: Record<string, unknown>[] = [];
  readonly instances: Record<string, unknown>[] = [];
  readonly apiKeys: { name: string; apiKey: string }[] = [];
  readonly bundles: string[] = [];
  readonly flowId = createId();
  readonly integrationId = createId();
  signingSecret: string | undefined;
  readonly #app = new Hono().basePath("/api/v1");

  constructor() {
    this.#addRoutes();
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(url);
    this.calls.push(`${init.method} ${pathname.slice("/api/v1".length)}${search}`);
    return this.#app.request(url, init);
  };

  /** Calls that changed something, without ids. */
  get changes(): string[] {
    return this.calls
      .filter((call) => !call.startsWith("GET"))
      .map((call) => call.replaceAll(/[0-9a-f-]{36}/g, "*"));
  }

  #addRoutes(): void {
    this.#addCatalogue();
    this.#addInstances();
    this.#addFlow();
  }

  #addCatalogue(): void {
    const named = { description: "", labels: [], edit: 1, createdAt: at, updatedAt: at };
    this.#app.get("/customers", (c) => c.json({ items: this.customers, nextCursor: null }));
    this.#app.post("/customers", async (c) => {
      const given = await c.req.json<object>();
      const customer = { ...named, id: createId(), externalId: null, deletingAt: null, ...given };
      this.customers.push(customer);
      return c.json(customer, 201);
    });
    this.#app.post("/integrations/publish", async (c) => {
      const { bundle } = await c.req.json<{ bundle: string }>();
      const created = !this.bundles.includes(bundle);
      if (created) this.bundles.push(bundle);
      const number = this.bundles.indexOf(bundle) + 1;
      const integration = {
        ...named,
        id: this.integrationId,
        key: "g",
        name: "G",
        category: "",
        icon: "",
        documentation: "",
        latestVersion: this.bundles.length,
      };
      const version = {
        id: createId(),
        integrationId: this.integrationId,
        number,
        bundleSha256: "",
        note: "",
        commit: null,
        publishedBy: null,
        createdAt: at,
        withdrawn: null,
        widens: [],
        definition: {},
      };
      return c.json({ created, integration, version }, created ? 201 : 200);
    });
  }

  #addInstances(): void {
    const find = (id: string) => this.instances.find((instance) => instance["id"] === id) ?? {};
    this.#app.get("/instances", (c) => c.json({ items: this.instances, nextCursor: null }));
    this.#app.post("/instances", async (c) => {
      const instance = newInstance(await c.req.json<object>());
      this.instances.push(instance);
      return c.json(instance, 201);
    });
    this.#app.patch("/instances/:id", async (c) =>
      c.json(Object.assign(find(c.req.param("id")), await c.req.json<object>())),
    );
    this.#app.put("/instances/:id/config", async (c) => {
      const { values } = await c.req.json<{ values: object }>();
      return c.json(Object.assign(find(c.req.param("id")), { config: values }));
    });
    this.#app.post("/instances/:id/deploy", (c) => {
      const instance = find(c.req.param("id"));
      return c.json(
        Object.assign(instance, { deployedRevision: Number(instance["deployedRevision"] ?? 0) + 1 }),
      );
    });
  }

  #addFlow(): void {
    this.#app.get("/instances/:id/flows", (c) => c.json({ items: [flowOf(this.flowId, c.req.param("id"))] }));
    this.#app.put("/flows/:id/signing-secret", async (c) => {
      this.signingSecret = (await c.req.json<{ secret: string }>()).secret;
      return c.body(null, 204);
    });
    this.#app.get("/flows/:id/api-keys", (c) =>
      c.json({
        items: this.apiKeys.map(({ name, apiKey }) => ({
          id: createId(),
          name,
          hint: apiKey.slice(-4),
          createdBy: null,
          createdAt: at,
          lastUsedAt: null,
        })),
      }),
    );
    this.#app.post("/flows/:id/api-keys", async (c) => {
      const key = await c.req.json<{ name: string; apiKey: string }>();
      this.apiKeys.push(key);
      return c.json({ id: createId(), ...key }, 201);
    });
  }
}

function newInstance(body: object): Record<string, unknown> {
  return {
    id: createId(),
    description: "",
    labels: [],
    customerName: "",
    integrationKey: "g",
    versionId: createId(),
    versionWithdrawn: false,
    latestVersion: 1,
    attention: [],
    config: {},
    configuration: "incomplete",
    missing: [],
    deployedRevision: null,
    activity: "enabled",
    pausedAt: null,
    pausedBy: null,
    deletingAt: null,
    lastRun: null,
    deployRuns: [],
    pauseReason: null,
    edit: 1,
    createdAt: at,
    updatedAt: at,
    ...body,
  };
}

function flowOf(id: string, instanceId: string) {
  return {
    id,
    key: "push",
    name: "GitHub event",
    instanceId,
    webhookUrl: "http://127.0.0.1:1/hooks/t",
    trigger: { type: "webhook" },
    schedule: null,
    security: { apiKeys: "optional", activeApiKeys: 0, signature: "github", signingSecret: "missing" },
    removed: false,
    createdAt: at,
  };
}
