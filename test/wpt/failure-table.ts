import type { Expectations } from "./expectations.ts";
import { reasonOf } from "./reasons.ts";

/** A row for each file and reason: how many of its tests fail for it. */
export function failureTable(expectations: Expectations): string {
  const rows = Object.entries(expectations).flatMap(([id, { status, failed = [] }]) => {
    const names = failed.length === 0 && status !== undefined ? [`ends as ${status}`] : failed;
    const counts = new Map<string, number>();
    for (const name of names) {
      const reason = reasonOf(id, name) ?? "not known";
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    const file = id.replaceAll("|", "\\|");
    return [...counts].map(([reason, count]) => `| \`${file}\` | ${count} | ${reason} |`);
  });
  return ["| file | tests that fail | why |", "|---|---|---|", ...rows].join("\n");
}
