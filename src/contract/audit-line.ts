import type { AccessRecord } from "./permissions.ts";

/** Whose access it was, as far as that is known. */
export interface AuditSubject {
  organizationId?: string;
  executionId?: string;
  step?: string;
}

/**
 * One access as a line of JSON: the fields of Deno's `DENO_AUDIT_PERMISSIONS` (`v`, `datetime`, `permission`,
 * `value`) first, then what this product adds. Without the line's end.
 */
export function auditLine(record: AccessRecord, subject: AuditSubject): string {
  const { atMs, permission, value, granted, address, reason } = record;
  return JSON.stringify({
    v: 1,
    // To the second, as Deno writes it.
    datetime: new Date(atMs).toISOString().replace(/\.\d{3}Z$/, "Z"),
    permission,
    value,
    granted,
    reason,
    organization: subject.organizationId,
    execution: subject.executionId,
    step: subject.step,
    address,
  });
}
