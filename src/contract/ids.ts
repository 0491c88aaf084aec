/**
 * Every id is a UUIDv7 in its lower-case text form, so ids sort by the millisecond of their creation and the
 * hot tables can be range-partitioned by them.
 */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isId(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}

/** The smallest UUIDv7 of a millisecond: a bound for partitions and for searches by time. */
export function smallestIdAt(epochMs: number): string {
  const hex = Math.max(0, Math.floor(epochMs)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

/** `x/<org>/<instance>/<execution>`: the workflow id of an execution, its identity in Temporal. */
export function workflowIdOf(execution: {
  organizationId: string;
  instanceId: string;
  executionId: string;
}): string {
  return `x/${execution.organizationId}/${execution.instanceId}/${execution.executionId}`;
}

/** The execution id within a workflow id of ours, or undefined for any other workflow. */
export function executionIdOfWorkflow(workflowId: string): string | undefined {
  const parts = workflowId.split("/");
  return parts.length === 4 && parts[0] === "x" && isId(parts[3]) ? parts[3] : undefined;
}
