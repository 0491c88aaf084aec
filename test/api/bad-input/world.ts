import type { DefinitionInput } from "#contract/definition.ts";
import { LIMITS } from "#contract/limits.ts";
import { makeThings, type Things } from "../../support/route-requests.ts";
import {
  type Call,
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  type TestApi,
} from "../../support/test-api.ts";

/** What stands against bad requests: things of two organizations, and some that are in a state of their own. */
export interface World {
  own: Things;
  foreign: Things;
  /** The external id of a customer that is none of the others. */
  takenExternalId: string;
  /** An instance that was never deployed and lacks a value. */
  incomplete: string;
  /** An instance that is being deleted. */
  deleting: string;
  /** An instance that is set to version 2, which allows more than its deployed version 1. */
  widening: string;
  /** A deployed instance whose integration's latest version asks for a value more. */
  needy: string;
  /** An integration whose version 2 is withdrawn, and a deployed instance of its version 1. */
  withdrawn: { integration: string; instance: string };
  /** A flow that the deployed version no longer has, and an execution of it. */
  removed: { flow: string; execution: string };
  /** A flow with as many API keys as it may have. */
  full: string;
  /** A flow whose senders sign, with its secret set. */
  signed: string;
  /** Executions: one that has succeeded, one without its payload. */
  ended: string;
  expired: string;
}

export async function makeWorld(api: TestApi): Promise<World> {
  const { call } = api;
  const own = await makeThings(call);
  const foreign = await makeThings(api.callAs((await api.addOrganization()).token));
  await expectOk(call("POST", "/customers", { name: "Taken", externalId: "crm-1" }));
  return {
    own,
    foreign,
    takenExternalId: "crm-1",
    incomplete: await makeIncomplete(call, own),
    deleting: await makeDeleting(call),
    widening: await makeWidening(call),
    needy: await makeNeedy(call),
    withdrawn: await makeWithdrawn(call),
    removed: await makeRemoved(call),
    ...(await makeFlows(call)),
    ...(await makeExecutions(api, own)),
  };
}

async function publish(call: Call, definition: DefinitionInput): Promise<void> {
  await expectOk(call("POST", "/integrations/publish", { bundle: JSON.stringify(definition) }));
}

async function makeIncomplete(call: Call, { customers, integrations }: Things): Promise<string> {
  const body = { customerId: customers, integrationId: integrations, name: "Incomplete" };
  return (await expectOk(call("POST", "/instances", body))).id;
}

async function makeDeleting(call: Call): Promise<string> {
  const { instance } = await deployExample(call, { ...EXAMPLE_DEFINITION, key: "doomed" });
  await expectOk(call("DELETE", `/instances/${instance.id}?confirm=Main`));
  return instance.id;
}

async function makeWidening(call: Call): Promise<string> {
  const definition = { ...EXAMPLE_DEFINITION, key: "widening" };
  const { instance } = await deployExample(call, definition);
  await publish(call, { ...definition, permissions: { net: ["ledger.example:443", "other.example:443"] } });
  await expectOk(call("PATCH", `/instances/${instance.id}`, { version: 2 }));
  return instance.id;
}

async function makeNeedy(call: Call): Promise<string> {
  const definition = { ...EXAMPLE_DEFINITION, key: "needy" };
  const { instance } = await deployExample(call, definition);
  const account = { type: "string" as const, label: "Account" };
  await publish(call, { ...definition, config: { ...definition.config, account } });
  return instance.id;
}

async function makeWithdrawn(call: Call): Promise<World["withdrawn"]> {
  const definition = { ...EXAMPLE_DEFINITION, key: "withdrawn" };
  const { instance, integration } = await deployExample(call, definition);
  await publish(call, { ...definition, description: "doubles orders" });
  await expectOk(call("POST", `/integrations/${integration.id}/versions/2/withdraw`, { reason: "doubles" }));
  return { integration: integration.id, instance: instance.id };
}

async function makeRemoved(call: Call): Promise<World["removed"]> {
  const definition = { ...EXAMPLE_DEFINITION, key: "shrinking" };
  const { instance, flows } = await deployExample(call, definition);
  const { id: flow } = flows.find(({ key }: { key: string }) => key === "ping");
  const { executionId } = await expectOk(call("POST", `/flows/${flow}/test`, {}));
  await publish(call, { ...definition, flows: definition.flows.filter(({ key }) => key !== "ping") });
  await expectOk(call("POST", `/instances/${instance.id}/upgrade`, {}));
  return { flow, execution: executionId };
}

async function makeFlows(call: Call): Promise<Pick<World, "full" | "signed">> {
  const { flows } = await deployExample(call, { ...EXAMPLE_DEFINITION, key: "full" });
  const idOf = (key: string): string => flows.find((flow: { key: string }) => flow.key === key).id;
  const [full, signed] = [idOf("ping"), idOf("push")];
  for (let count = 0; count < LIMITS.apiKeysPerFlow; count += 1)
    await expectOk(call("POST", `/flows/${full}/api-keys`, { name: `key ${count}` }));
  await expectOk(call("PUT", `/flows/${signed}/signing-secret`, { secret: "s".repeat(32) }));
  return { full, signed };
}

async function makeExecutions({ call, database }: TestApi, { flows }: Things) {
  const start = async (): Promise<string> =>
    (await expectOk(call("POST", `/flows/${flows}/test`, {}))).executionId;
  const [ended, expired] = [await start(), await start()];
  await database.pool.query("delete from queue where execution_id = $1", [ended]);
  await database.pool.query(
    "update executions set state = 'succeeded', started_at = now(), finished_at = now() where id = $1",
    [ended],
  );
  await database.pool.query("delete from payloads where execution_id = $1", [expired]);
  return { ended, expired };
}
