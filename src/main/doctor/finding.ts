/** What one check of `millrace doctor` found. */
export interface Finding {
  /** A word or two: "node", "postgres settings". */
  part: string;
  /** `skipped`: could not be looked at, for a reason that is no fault. */
  status: "ok" | "warn" | "fail" | "skipped";
  /** What was found, in a clause. */
  detail: string;
  /** What to do; with every `warn` and `fail`. */
  remedy?: string;
}

export function ok(part: string, detail: string): Finding {
  return { part, status: "ok", detail };
}

export function skipped(part: string, detail: string): Finding {
  return { part, status: "skipped", detail };
}

export function warn(part: string, detail: string, remedy: string): Finding {
  return { part, status: "warn", detail, remedy };
}

export function fail(part: string, detail: string, remedy: string): Finding {
  return { part, status: "fail", detail, remedy };
}

const MARKS = { ok: "ok  ", warn: "WARN", fail: "FAIL", skipped: "–   " } as const;

/** One line each; the remedy follows on the same line, so that it can be searched for. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length));
  return findings
    .map(({ part, status, detail, remedy }) => {
      const advice = remedy === undefined ? "" : ` → ${remedy}`;
      return `${MARKS[status]}  ${part.padEnd(width)}  ${detail}${advice}`;
    })
    .join("\n");
}
