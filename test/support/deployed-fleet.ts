import type { JsonObject } from "#contract/json.ts";
import type { DefinitionInput } from "#contract/definition.ts";
import { insertInstance } from "#db/instances.ts";
import { changeInstance } from "#deploy/change-instance.ts";
import { deployInstance } from "#deploy/deploy-instance.ts";
import { getVersionToTake } from "#deploy/version-to-take.ts";
import { EXAMPLE_DEFINITION, expectOk, type TestApi } from "./test-api.ts";

/** An integration with a version 1, and instances of it that are deployed with the configs given. */
export interface Fleet {
  integrationId: string;
  customerId: string;
  /** In the order of the configs. */
  instanceIds: string[];
  /** Publishes the next version: the example's definition with these changes. */
  publish(changes: Partial<DefinitionInput>): Promise<void>;
}

/** Deployed by the functions behind the API, so that a test may have many. */
export async function createFleet(
  api: TestApi,
  fleet: { key: string; configs: readonly JsonObject[]; labels?: string[] },
): Promise<Fleet> {
  const { organizationId, database } = api;
  const { key, configs, labels = [] } = fleet;
  const publish = (changes: Partial<DefinitionInput>) =>
    expectOk(
      api.call("POST", "/integrations/publish", {
        bundle: JSON.stringify({ ...EXAMPLE_DEFINITION, key, ...changes }),
      }),
    );
  const { integration } = await publish({});
  const customer = await expectOk(api.call("POST", "/customers", { name: `Customer of ${key}` }));
  const integrationId: string = integration.id;
  const version = await getVersionToTake(database.db, { organizationId, integrationId, number: 1 });
  const instanceIds: string[] = [];
  for (const [index, config] of configs.entries()) {
    const id = await insertInstance(database.db, {
      organizationId,
      customerId: customer.id,
      integrationId,
      configuration: { versionId: version.id, definition: version.definition, config },
      name: `${key} ${index}`,
      description: "",
      labels,
    });
    await changeInstance(database.db, { organizationId, id, deploy: true }, (transaction, instance) =>
      deployInstance(transaction, organizationId, {
        instance,
        deployment: {
          versionId: version.id,
          version: 1,
          definition: version.definition,
          values: config,
          note: "",
          createdBy: undefined,
          publicUrl: "http://api.test",
        },
      }),
    );
    instanceIds.push(id);
  }
  return {
    integrationId,
    customerId: customer.id,
    instanceIds,
    publish: async (changes) => void (await publish(changes)),
  };
}
