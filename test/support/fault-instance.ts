import { bundleIntegration } from "#cli/bundle-integration.ts";
import type { RunningMillrace } from "./millrace.ts";

/** The fault fixture, published and deployed for a customer of its own, ready to be sent to. */
export interface FaultInstance {
  flowId: string;
  webhookUrl: string;
  signingSecret: string;
  ledgerUrl: string;
  databaseUrl: string;
}

const SIGNING_SECRET = "a-secret-of-the-fault-flow";

export async function deployFaultFlow(millrace: RunningMillrace): Promise<FaultInstance> {
  const { code, sourceMap } = await bundleIntegration("test/fixtures/fault-flow.ts");
  const { integration } = await millrace.call<{ integration: { id: string } }>(
    "POST",
    "/integrations/publish",
    { bundle: code, sourceMap },
  );
  const name = `faults ${Date.now()}`;
  const customer = await millrace.call<{ id: string }>("POST", "/customers", { name });
  const instance = await millrace.call<{ id: string }>("POST", "/instances", {
    customerId: customer.id,
    integrationId: integration.id,
    name,
  });
  const { ledgerUrl } = millrace.run.demo;
  await millrace.call("PUT", `/instances/${instance.id}/config`, { values: { ledgerUrl } });
  await millrace.call("POST", `/instances/${instance.id}/deploy`, {});
  const { items } = await millrace.call<{ items: { id: string; webhookUrl: string }[] }>(
    "GET",
    `/instances/${instance.id}/flows`,
  );
  const flow = items[0]!;
  await millrace.call("PUT", `/flows/${flow.id}/signing-secret`, { secret: SIGNING_SECRET });
  return {
    flowId: flow.id,
    webhookUrl: flow.webhookUrl,
    signingSecret: SIGNING_SECRET,
    ledgerUrl,
    databaseUrl: millrace.run.databaseUrl,
  };
}
