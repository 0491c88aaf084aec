/** Why a person should look at an instance, the most urgent first. `docs/states.md` tells each in words. */
export const ATTENTION_REASONS = [
  "failed-last-run",
  "schedule-overdue",
  "missing-config",
  "withdrawn-version",
  "new-version",
] as const;
export type AttentionReason = (typeof ATTENTION_REASONS)[number];

/** What lists can be narrowed to: one reason, or any of them. */
export const ATTENTION_FILTERS = ["any", ...ATTENTION_REASONS] as const;
export type AttentionFilter = (typeof ATTENTION_FILTERS)[number];
