import { approvalSchema, approveBody } from "#contract/api/approvals.ts";
import { choicesSchema } from "#contract/api/config-options.ts";
import { diffSchema } from "#contract/api/diff.ts";
import {
  configBody,
  createInstanceBody,
  deployBody,
  instanceSchema,
  pauseBody,
  revisionSchema,
  rollbackBody,
  updateInstanceBody,
  upgradeBody,
} from "#contract/api/instances.ts";
import { setStateBody, stateValueSchema } from "#contract/api/state.ts";
import { AT, example, IDS } from "./example.ts";

const CONFIG = { url: "https://ledger.example", currency: "EUR" };
const GRANTS = { net: { allow: ["ledger.example:443"], deny: [] } };
const WIDENING = { permission: "net" as const, change: "allowed" as const, rule: "tax.example:443" };

export const INSTANCE_EXAMPLES = [
  example(instanceSchema, {
    id: IDS.instance,
    name: "Acme's orders",
    description: "Of the shop in Graz",
    labels: ["canary"],
    customerId: IDS.customer,
    customerName: "Acme Ltd.",
    integrationId: IDS.integration,
    integrationKey: "shop-to-ledger",
    versionId: IDS.version,
    version: 3,
    versionWithdrawn: false,
    latestVersion: 3,
    config: CONFIG,
    attention: [],
    configuration: "complete",
    missing: [],
    deployedRevision: 2,
    activity: "enabled",
    pausedAt: null,
    pausedBy: null,
    pauseReason: null,
    deletingAt: null,
    lastRun: { executionId: IDS.execution, state: "succeeded", receivedAt: AT.received },
    deployRuns: [{ flowKey: "register", executionId: IDS.replay, state: "succeeded", error: null }],
    edit: 5,
    createdAt: AT.made,
    updatedAt: AT.deployed,
  }),
  example(createInstanceBody, {
    customerId: IDS.customer,
    integrationId: IDS.integration,
    version: 3,
    name: "Acme's orders",
    description: "Of the shop in Graz",
    labels: ["canary"],
    config: CONFIG,
  }),
  example(updateInstanceBody, {
    name: "Acme's orders",
    description: "Of the shops in Graz and Linz",
    labels: ["canary"],
    version: 3,
    edit: 5,
  }),
  example(configBody, { values: CONFIG, edit: 5 }),
  example(deployBody, { grants: GRANTS, note: "The ledger has moved", edit: 5 }),
  example(upgradeBody, { version: 3, values: { currency: "EUR" }, note: "With tax", edit: 5 }),
  example(rollbackBody, { revision: 1, note: "Orders came twice", edit: 5 }),
  example(pauseBody, { reason: "The ledger is closed for the year's end" }),
  example(approveBody, { version: 3, note: "The tax office's service, agreed with Acme" }),
  example(approvalSchema, {
    id: IDS.request,
    instanceId: IDS.instance,
    versionId: IDS.version,
    version: 3,
    widens: [WIDENING],
    note: "The tax office's service, agreed with Acme",
    approvedBy: IDS.user,
    approvedAt: AT.deployed,
  }),
  example(revisionSchema, {
    id: IDS.revision,
    number: 2,
    version: 3,
    versionId: IDS.version,
    config: CONFIG,
    grants: GRANTS,
    note: "The ledger has moved",
    current: true,
    draft: false,
    createdBy: IDS.user,
    createdAt: AT.deployed,
  }),
  example(diffSchema, {
    from: { revision: 2, version: 3 },
    to: { revision: null, version: 4 },
    config: [
      {
        key: "currency",
        change: "changed",
        fields: ["default"],
        before: { type: "string", default: "EUR", value: "EUR" },
        after: { type: "string", default: "USD", value: "EUR" },
      },
    ],
    permissions: { gained: [WIDENING], lost: [] },
    flows: [
      {
        key: "order-paid",
        change: "changed",
        fields: ["steps"],
        steps: [{ key: "tax", change: "added", fields: [] }],
      },
    ],
    missing: [{ field: "taxId", message: '"Tax id" needs a value' }],
  }),
  example(stateValueSchema, {
    flow: "nightly",
    key: "cursor",
    value: { after: "order-1042" },
    executionId: IDS.execution,
    updatedAt: AT.finished,
  }),
  example(choicesSchema, {
    items: [
      { value: "1000", label: "1000 Bank" },
      { value: "4000", label: "4000 Sales" },
    ],
    fetchedAt: AT.deployed,
  }),
  example(setStateBody, { flow: "nightly", key: "cursor", value: { after: "order-1000" } }),
];
