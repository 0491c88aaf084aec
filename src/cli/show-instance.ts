import type { Instance } from "#contract/api/instances.ts";

/** What a person wants to know of an instance. */
export function instanceRows(instance: Instance): [name: string, value: string | number | null][] {
  const missing = instance.missing.map(({ field, message }) => `${field}: ${message}`);
  return [
    ["id", instance.id],
    ["name", instance.name],
    ["customer", instance.customerName],
    ["integration", `${instance.integrationKey} version ${instance.version}`],
    [
      "new version",
      instance.latestVersion > instance.version ? `${instance.latestVersion} is available` : null,
    ],
    ["attention", instance.attention.join(", ")],
    ["configuration", instance.configuration],
    ["missing", missing.join("; ")],
    ["deployed", instance.deployedRevision === null ? "not yet" : `revision ${instance.deployedRevision}`],
    ...instance.deployRuns.map(({ flowKey, state, error }): [string, string] => [
      `deploy flow ${flowKey}`,
      `${state ?? "expired"}${error === null ? "" : `: ${error.message}`}`,
    ]),
    ["last run", instance.lastRun && `${instance.lastRun.state}, received ${instance.lastRun.receivedAt}`],
    ["state", instance.activity],
    ["paused for", instance.pauseReason],
    ["paused by", instance.pausedBy],
  ];
}
