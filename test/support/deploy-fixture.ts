import { bundleIntegration } from "#local/bundle-integration.ts";
import type { RunningMillrace } from "./millrace.ts";

/** A fixture's integration, published and deployed for a customer of its own. */
export interface DeployedFixture {
  customerId: string;
  instanceId: string;
  /** Of the instance's first flow. */
  flowId: string;
  webhookUrl: string;
}

export async function deployFixture(
  millrace: RunningMillrace,
  fixture: { file: string; customer: string; config: Record<string, unknown> },
): Promise<DeployedFixture> {
  const { code, sourceMap } = await bundleIntegration(fixture.file);
  const { integration } = await millrace.call<{ integration: { id: string } }>(
    "POST",
    "/integrations/publish",
    { bundle: code, sourceMap },
  );
  const name = fixture.customer;
  const customer = await millrace.call<{ id: string }>("POST", "/customers", { name });
  const instance = await millrace.call<{ id: string }>("POST", "/instances", {
    customerId: customer.id,
    integrationId: integration.id,
    name,
  });
  await millrace.call("PUT", `/instances/${instance.id}/config`, { values: fixture.config });
  await millrace.call("POST", `/instances/${instance.id}/deploy`, {});
  const { items } = await millrace.call<{ items: { id: string; webhookUrl: string }[] }>(
    "GET",
    `/instances/${instance.id}/flows`,
  );
  const flow = items[0];
  if (flow === undefined) throw new Error(`${fixture.file} defines no flow`);
  return { customerId: customer.id, instanceId: instance.id, flowId: flow.id, webhookUrl: flow.webhookUrl };
}
