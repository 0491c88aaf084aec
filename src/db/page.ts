import { type RawBuilder, type SelectQueryBuilder, sql } from "kysely";

/** A page of rows in the order of their ids, newest first. One more than `limit` is read to know of a next page. */
export interface PageRequest {
  cursor?: string | undefined;
  limit: number;
}

export interface Page<Row> {
  items: Row[];
  nextCursor: string | null;
}

/** Reads a page of what a query selects; `idColumn` is the column behind the row's `id`. */
export async function readPage<DB, TB extends keyof DB, Row extends { id: string }>(
  query: SelectQueryBuilder<DB, TB, Row>,
  { cursor, limit }: PageRequest,
  idColumn = "id",
): Promise<Page<Row>> {
  const column = sql.ref<string>(idColumn);
  const behind = cursor === undefined ? query : query.where(sql<boolean>`${column} < ${cursor}`);
  const rows = await behind
    .orderBy(sql`${column} DESC`)
    .limit(limit + 1)
    .execute();
  // The builder's row type is ours: no column is added or changed by a bound, an order or a limit.
  return toPage(rows as Row[], limit, (last) => last.id);
}

/** `rows` holds up to `limit + 1`. */
export function toPage<Row>(rows: readonly Row[], limit: number, cursorOf: (last: Row) => string): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** Text to be found anywhere, as it is: `%` and `_` have no meaning in it. */
export function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
}

/** Of a table with the JSON column `labels`. */
export function hasLabel(label: string, column = "labels"): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} ? ${label}`;
}
