import type { Job, JobItem } from "#contract/api/jobs.ts";
import type { Column } from "./output.ts";

/** What a person wants to know of a bulk job. */
export function jobRows(job: Job): [name: string, value: string | number | null][] {
  return [
    ["id", job.id],
    ["kind", job.dryRun ? `${job.kind} (dry run)` : job.kind],
    ["to version", shownVersion(job)],
    ["state", job.state],
    ["items", describeCounts(job)],
    ["note", job.note],
    ["at most", `${job.ratePerMinute} a minute`],
    ["created", job.createdAt],
    ["finished", job.finishedAt],
    ["history", job.temporalUiUrl],
  ];
}

export const JOB_COLUMNS: readonly Column<Job>[] = [
  { title: "id", value: (job) => job.id },
  { title: "kind", value: (job) => job.kind },
  { title: "dry run", value: (job) => job.dryRun },
  { title: "to version", value: shownVersion },
  { title: "state", value: (job) => job.state },
  { title: "items", value: describeCounts },
  { title: "created", value: (job) => job.createdAt },
  { title: "finished", value: (job) => job.finishedAt },
];

/** `dryRun`: of a job that changes nothing, so "would be" instead of "is". */
export function itemColumns({ dryRun }: Job): readonly Column<JobItem>[] {
  return [
    { title: "instance", value: (item) => item.instanceName },
    { title: "customer", value: (item) => item.customerName },
    { title: "outcome", value: ({ state }) => (dryRun && state === "changed" ? "would change" : state) },
    { title: "version", value: shownVersions },
    { title: "revision", value: ({ result }) => result?.revision },
    { title: "code", value: (item) => item.code },
    { title: "detail", value: detailOf },
  ];
}

/** "37 changed, 2 refused, 1 unchanged of 40", or "none". */
export function describeCounts({ counts, dryRun }: Job): string {
  const { total, ...byState } = counts;
  const words = Object.entries(byState)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${dryRun && state === "changed" ? "would change" : state}`);
  return words.length === 0 ? "none" : `${words.join(", ")} of ${total}`;
}

/** As the api made the parameters of an upgrade; nothing for another kind. */
function shownVersion({ parameters }: Job): number | null {
  const { version } = parameters;
  return typeof version === "number" ? version : null;
}

function shownVersions({ result }: JobItem): string | number | null {
  if (result === null) return null;
  const { fromVersion, toVersion } = result;
  return fromVersion === toVersion ? toVersion : `${fromVersion} → ${toVersion}`;
}

function detailOf({ problems, message, result }: JobItem): string | null {
  if (problems.length > 0) return problems.map(({ field, message: why }) => `${field}: ${why}`).join("; ");
  if (message !== null) return message;
  if (result?.changes == null) return null;
  const { config, permissions, flows } = result.changes;
  return [
    listed("config", config),
    listed("flows", flows),
    listed("permissions", { added: permissions.gained, removed: permissions.lost, changed: [] }),
  ]
    .filter((part) => part !== "")
    .join("; ");
}

/** "config +token -url ~limit". */
function listed(what: string, names: { added: string[]; removed: string[]; changed: string[] }): string {
  const marked = (sign: string, list: string[]) => list.map((name) => `${sign}${name}`);
  const all = [...marked("+", names.added), ...marked("-", names.removed), ...marked("~", names.changed)];
  return all.length === 0 ? "" : `${what} ${all.join(" ")}`;
}
