import { deployFixture } from "./deploy-fixture.ts";
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
  const { ledgerUrl } = millrace.run.demo;
  const { flowId, webhookUrl } = await deployFixture(millrace, {
    file: "test/fixtures/fault-flow.ts",
    customer: `faults ${Date.now()}`,
    config: { ledgerUrl },
  });
  await millrace.call("PUT", `/flows/${flowId}/signing-secret`, { secret: SIGNING_SECRET });
  return {
    flowId,
    webhookUrl,
    signingSecret: SIGNING_SECRET,
    ledgerUrl,
    databaseUrl: millrace.run.databaseUrl,
  };
}
