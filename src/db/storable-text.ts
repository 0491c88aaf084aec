/**
 * Text that Postgres takes in `text` and, as a JSON string, in `jsonb`: no NUL, no lone surrogate. Authors' messages
 * and logs hold anything; one of them must not make the whole batch fail.
 */
export function storableText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes("\0") ? wellFormed.replaceAll("\0", "\uFFFD") : wellFormed;
}

/** JSON text for a `jsonb` column, each string in it made storable. Null for undefined. */
export function storableJson(value: object | undefined): string | null {
  if (value === undefined) return null;
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "string" ? storableText(part) : part,
  );
}
