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

/** Of a table with the JSON column `labels` and an index on `label_names(labels)`. */
export function hasLabel(label: string, column = "labels"): RawBuilder<boolean> {
  return sql<boolean>`label_names(${sql.ref(column)}) @> ${[label]}::text[]`;
}

/** Rows of a page as SQL: `select` is everything up to its `WHERE`, with `idColumn` as the one column `id`. */
export interface PageSource {
  select: RawBuilder<unknown>;
  where: RawBuilder<boolean>;
  idColumn: string;
}

/** The ids of a page over several sources: each is read by itself, newest first, and no further than the page needs. */
export function idsOfPage(
  sources: readonly PageSource[],
  { cursor, limit }: PageRequest,
): RawBuilder<string> {
  const pages = sources.map(({ select, where, idColumn }) => {
    const column = sql.ref(idColumn);
    const behind = cursor === undefined ? sql`` : sql`AND ${column} < ${cursor}`;
    return sql`(${select} WHERE ${where} ${behind} ORDER BY ${column} DESC LIMIT ${limit + 1})`;
  });
  const [only] = pages;
  if (pages.length === 1 && only !== undefined) return sql`${only}`;
  return sql`(SELECT id FROM (${sql.join(pages, sql` UNION `)}) AS found ORDER BY id DESC LIMIT ${limit + 1})`;
}
