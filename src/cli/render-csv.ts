import { columnName } from "./column-name.ts";
import type { Column } from "./output.ts";

/** RFC 4180. */
export function renderCsv<Item>(items: readonly Item[], columns: readonly Column<Item>[]): string {
  const lines = [
    columns.map(({ title }) => columnName(title)),
    ...items.map((item) => columns.map((column) => String(column.value(item) ?? ""))),
  ];
  return lines.map((fields) => `${fields.map(quote).join(",")}\r\n`).join("");
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
