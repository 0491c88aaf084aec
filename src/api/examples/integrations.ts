import {
  configSchemaSchema,
  integrationSchema,
  publishBody,
  publishedSchema,
  updateIntegrationBody,
  versionSchema,
  withdrawBody,
} from "#contract/api/integrations.ts";
import { AT, example, IDS } from "./example.ts";

const INTEGRATION = {
  id: IDS.integration,
  key: "shop-to-ledger",
  name: "Shop to ledger",
  description: "Enters each paid order into the customer's ledger",
  category: "Finance",
  icon: "https://cdn.example/ledger.svg",
  documentation: "Needs the URL of the customer's ledger.",
  latestVersion: 3,
  edit: 2,
  createdAt: AT.made,
  updatedAt: AT.deployed,
};

const VERSION = {
  id: IDS.version,
  integrationId: IDS.integration,
  number: 3,
  bundleSha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  note: "Posts with an idempotency key",
  commit: "1f3d9c2",
  publishedBy: IDS.user,
  createdAt: AT.made,
  withdrawn: null,
  widens: [{ permission: "net" as const, change: "allowed" as const, rule: "ledger.example:443" }],
  definition: {
    format: 1,
    key: "shop-to-ledger",
    name: "Shop to ledger",
    config: { url: { type: "string", label: "URL of the ledger" } },
    permissions: { net: { allow: ["ledger.example:443"], deny: [] } },
    flows: [
      {
        key: "order-paid",
        name: "An order was paid",
        trigger: { type: "webhook", signature: { type: "stripe" } },
        steps: [
          { type: "step", key: "parse" },
          { type: "step", key: "post" },
        ],
      },
    ],
  },
};

export const INTEGRATION_EXAMPLES = [
  example(integrationSchema, INTEGRATION),
  example(updateIntegrationBody, {
    category: "Finance",
    icon: "https://cdn.example/ledger.svg",
    documentation: "Needs the URL of the customer's ledger.",
  }),
  example(versionSchema, VERSION),
  example(configSchemaSchema, {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Shop to ledger",
    type: "object",
    properties: {
      url: {
        type: "string",
        title: "URL of the ledger",
        "x-millrace": { type: "string", order: 0, page: null },
      },
    },
    required: ["url"],
    additionalProperties: false,
    "x-millrace": { integration: "shop-to-ledger", pages: [null] },
  }),
  example(withdrawBody, { reason: "Enters orders twice when the ledger is slow" }),
  example(publishBody, {
    bundle: 'export default { key: "shop-to-ledger" }; // as `millrace publish` bundles it',
    sourceMap: '{"version":3,"sources":["shop-to-ledger.ts"],"names":[],"mappings":"AAAA"}',
    note: "Posts with an idempotency key",
    commit: "1f3d9c2",
  }),
  example(publishedSchema, { created: true, integration: INTEGRATION, version: VERSION }),
];
