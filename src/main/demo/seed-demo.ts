import { z } from "zod";
import { pageOf } from "#contract/api/fields.ts";
import { customerSchema } from "#contract/api/customers.ts";
import { apiKeySchema, createdApiKeySchema, type Flow, flowSchema, listOf } from "#contract/api/flows.ts";
import { type Instance, instanceSchema } from "#contract/api/instances.ts";
import { type Published, publishedSchema } from "#contract/api/integrations.ts";
import { EngineError } from "#contract/errors.ts";
import type { ApiClient } from "./api-client.ts";

/** The demo as `run.json` describes it. */
export interface SeededDemo {
  customerId: string;
  integrationId: string;
  instanceId: string;
  flows: { push: { webhookUrl: string; apiKey: string; signingSecret: string } };
}

export interface SeedDemoOptions {
  api: ApiClient;
  /** The example integration as `bundleIntegration` makes it. */
  bundle: { code: string; sourceMap: string };
  ledgerUrl: string;
  /** What senders of the demo use. The API never tells secrets, so the caller keeps them from start to start. */
  secrets: { signingSecret: string; apiKey: string };
}

const CUSTOMER = { externalId: "demo", name: "Demo customer", description: "Made at the first start" };
const INSTANCE_NAME = "GitHub to ledger";
const API_KEY_NAME = "demo";

/**
 * Makes what the demo needs and is not there yet: customer, version, instance, deployment, secrets. What a person
 * changed since (a rollback, a pause, other config) stays; a changed source is published and deployed.
 */
export async function seedDemo(options: SeedDemoOptions): Promise<SeededDemo> {
  const { api, bundle, ledgerUrl, secrets } = options;
  const customerId = await ensureCustomer(api);
  const published = await api.call({
    method: "POST",
    path: "/integrations/publish",
    body: { bundle: bundle.code, sourceMap: bundle.sourceMap },
    answer: publishedSchema,
  });
  const instance = await ensureInstance(api, customerId, published);
  await deployWhereChanged(api, instance, { published, ledgerUrl });
  const flow = await getPushFlow(api, instance.id);
  await ensureSecrets(api, flow, secrets);
  return {
    customerId,
    integrationId: published.integration.id,
    instanceId: instance.id,
    flows: { push: { webhookUrl: flow.webhookUrl, ...secrets } },
  };
}

async function ensureCustomer(api: ApiClient): Promise<string> {
  const { items } = await api.call({
    method: "GET",
    path: `/customers?search=${CUSTOMER.externalId}`,
    answer: pageOf(customerSchema),
  });
  const known = items.find(({ externalId }) => externalId === CUSTOMER.externalId);
  if (known !== undefined) return known.id;
  return (await api.call({ method: "POST", path: "/customers", body: CUSTOMER, answer: customerSchema })).id;
}

async function ensureInstance(api: ApiClient, customerId: string, published: Published): Promise<Instance> {
  const integrationId = published.integration.id;
  const { items } = await api.call({
    method: "GET",
    path: `/instances?customer=${customerId}&integration=${integrationId}`,
    answer: pageOf(instanceSchema),
  });
  const known = items.find(({ name }) => name === INSTANCE_NAME) ?? items[0];
  if (known !== undefined) return known;
  const body = { customerId, integrationId, version: published.version.number, name: INSTANCE_NAME };
  return api.call({ method: "POST", path: "/instances", body, answer: instanceSchema });
}

async function deployWhereChanged(
  api: ApiClient,
  instance: Instance,
  { published, ledgerUrl }: { published: Published; ledgerUrl: string },
): Promise<void> {
  const path = `/instances/${instance.id}`;
  const isNewVersion = published.created && instance.version !== published.version.number;
  const isNewConfig = instance.config["ledgerUrl"] !== ledgerUrl;
  if (isNewVersion) {
    const body = { version: published.version.number };
    await api.call({ method: "PATCH", path, body, answer: instanceSchema });
  }
  if (isNewConfig) {
    const body = { values: { ...instance.config, ledgerUrl } };
    await api.call({ method: "PUT", path: `${path}/config`, body, answer: instanceSchema });
  }
  if (!isNewVersion && !isNewConfig && instance.deployedRevision !== null) return;
  const body = { note: isNewVersion ? "The example's source changed" : "" };
  await api.call({ method: "POST", path: `${path}/deploy`, body, answer: instanceSchema });
}

async function getPushFlow(api: ApiClient, instanceId: string): Promise<Flow> {
  const path = `/instances/${instanceId}/flows`;
  const { items } = await api.call({ method: "GET", path, answer: listOf(flowSchema) });
  const flow = items.find(({ key, removed }) => key === "push" && !removed);
  if (flow !== undefined) return flow;
  throw new EngineError(
    "engine/start",
    `The demo's instance ${instanceId} has no flow "push"; deploy a version that has it, delete the instance, or set MILLRACE_DEMO=0`,
  );
}

async function ensureSecrets(
  api: ApiClient,
  flow: Flow,
  { signingSecret, apiKey }: SeedDemoOptions["secrets"],
): Promise<void> {
  const path = `/flows/${flow.id}`;
  await api.call({
    method: "PUT",
    path: `${path}/signing-secret`,
    body: { secret: signingSecret },
    answer: z.undefined(),
  });
  const { items } = await api.call({ method: "GET", path: `${path}/api-keys`, answer: listOf(apiKeySchema) });
  if (items.some(({ name, hint }) => name === API_KEY_NAME && apiKey.endsWith(hint))) return;
  const body = { name: API_KEY_NAME, apiKey };
  await api.call({ method: "POST", path: `${path}/api-keys`, body, answer: createdApiKeySchema });
}
