/** A page of rows in the order of their ids, newest first. One more than `limit` is read to know of a next page. */
export interface PageRequest {
  cursor?: string | undefined;
  limit: number;
}

export interface Page<Row> {
  items: Row[];
  nextCursor: string | null;
}

/** `rows` holds up to `limit + 1`. */
export function toPage<Row extends { id: string }>(rows: readonly Row[], limit: number): Page<Row> {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Text to be found anywhere, as it is: `%` and `_` have no meaning in it. */
export function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
}
