import { jobItemSchema, jobSchema, upgradeInstancesBody } from "#contract/api/jobs.ts";
import { AT, example, IDS } from "./example.ts";

const FILTER = {
  labels: ["canary"],
  customerId: IDS.customer,
  version: 2,
  states: ["deployed" as const],
  instanceIds: [IDS.instance],
};

export const JOB_EXAMPLES = [
  example(upgradeInstancesBody, {
    integrationId: IDS.integration,
    to: "latest",
    filter: FILTER,
    drafts: "refuse",
    dryRun: true,
    ratePerMinute: 60,
    note: "With tax",
  }),
  example(jobSchema, {
    id: IDS.job,
    kind: "upgrade-instances",
    state: "done",
    dryRun: true,
    parameters: { integrationId: IDS.integration, version: 3, drafts: "refuse", filter: FILTER },
    ratePerMinute: 60,
    note: "With tax",
    counts: { total: 1, queued: 0, changed: 1, unchanged: 0, refused: 0, failed: 0, skipped: 0 },
    createdBy: IDS.user,
    createdAt: AT.made,
    startedAt: AT.made,
    finishedAt: AT.deployed,
    temporalUiUrl: null,
  }),
  example(jobItemSchema, {
    subjectId: IDS.instance,
    instanceId: IDS.instance,
    instanceName: "Acme's orders",
    customerName: "Acme Ltd.",
    state: "changed",
    result: {
      fromVersion: 2,
      toVersion: 3,
      revision: null,
      revisionId: null,
      changes: {
        config: { added: ["currency"], removed: [], changed: [] },
        permissions: { gained: ["net tax.example:443"], lost: [] },
        flows: { added: [], removed: [], changed: ["order-paid"] },
      },
    },
    code: null,
    message: null,
    problems: [],
    finishedAt: AT.deployed,
  }),
];
