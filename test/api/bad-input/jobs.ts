import { createId } from "#contract/create-id.ts";
import { type BadRow, conflict, invalid, unprocessable } from "./bad-row.ts";

const UPGRADE = "POST /api/v1/jobs/upgrade-instances";
const ABSENT = createId();

export const JOB_ROWS: BadRow[] = [
  unprocessable(UPGRADE, {
    kind: "unknown id",
    what: "an integration that is not there",
    field: "/integrationId",
    request: { body: { integrationId: ABSENT } },
    names: ABSENT,
  }),
  unprocessable(UPGRADE, {
    kind: "foreign id",
    what: "another organization's integration",
    field: "/integrationId",
    request: ({ foreign }) => ({ body: { integrationId: foreign.integrations } }),
    names: ({ foreign }) => foreign.integrations,
  }),
  unprocessable(UPGRADE, {
    kind: "unknown id",
    what: "a version that is not there",
    field: "/to",
    request: ({ own }) => ({ body: { integrationId: own.integrations, to: 99 } }),
    names: ({ own }) => own.integrations,
  }),
  unprocessable(UPGRADE, {
    kind: "foreign id",
    what: "another organization's instance",
    field: "/filter/instanceIds",
    request: ({ own, foreign }) => ({
      body: { integrationId: own.integrations, filter: { instanceIds: [foreign.instances] } },
    }),
    names: ({ foreign }) => foreign.instances,
  }),
  conflict(UPGRADE, {
    what: "a withdrawn version",
    field: "/to",
    request: ({ withdrawn }) => ({ body: { integrationId: withdrawn.integration, to: 2 } }),
    names: ({ withdrawn }) => withdrawn.integration,
  }),
  invalid(UPGRADE, {
    kind: "unknown field",
    what: "a filter that there is not",
    of: "filter",
    field: "/filter/lables",
    request: ({ own }) => ({ body: { integrationId: own.integrations, filter: { lables: ["eu"] } } }),
  }),
];
