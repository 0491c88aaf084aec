import { stringify } from "yaml";
import { assertNever } from "#contract/assert-never.ts";
import { columnName } from "./column-name.ts";
import { renderCsv } from "./render-csv.ts";
import { renderTable } from "./render-table.ts";

export const FORMATS = ["table", "json", "yaml", "csv"] as const;
export type Format = (typeof FORMATS)[number];

/** A column of a table or of CSV; JSON and YAML show the items whole. */
export interface Column<Item> {
  title: string;
  value(item: Item): string | number | boolean | null | undefined;
}

export interface Output {
  /** Colours, and no more columns than there is room for. */
  isTerminal: boolean;
  columns: number;
  colors: boolean;
  write(text: string | Uint8Array): void;
}

/** The process's own output. Colours only on a terminal, and only where the person wants any. */
export function createOutput(stream: NodeJS.WriteStream, noColor: boolean): Output {
  return {
    isTerminal: stream.isTTY,
    columns: stream.isTTY ? stream.columns : Number.POSITIVE_INFINITY,
    colors: stream.isTTY && !noColor,
    write: (text) => void stream.write(text),
  };
}

interface RenderedList<Item> {
  items: readonly Item[];
  columns: readonly Column<Item>[];
  format: Format;
  /** The columns were chosen: JSON and YAML show these alone, named as in CSV. */
  pickedColumns?: boolean;
  empty?: string;
}

export function printList<Item>(output: Output, list: RenderedList<Item>): void {
  output.write(renderList(output, list));
}

export function renderList<Item>(output: Output, list: RenderedList<Item>): string {
  const { items, columns, format, pickedColumns = false, empty = "Nothing found." } = list;
  const whole = () => (pickedColumns ? items.map((item) => pick(item, columns)) : items);
  switch (format) {
    case "json":
      return `${JSON.stringify(whole(), null, 2)}\n`;
    case "yaml":
      return stringify(whole());
    case "csv":
      return renderCsv(items, columns);
    case "table":
      return items.length === 0 ? `${empty}\n` : renderTable(items, columns, output);
    default:
      return assertNever(format);
  }
}

function pick<Item>(item: Item, columns: readonly Column<Item>[]) {
  return Object.fromEntries(columns.map(({ title, value }) => [columnName(title), value(item) ?? null]));
}

/** One thing: its rows of name and value, or the whole of it. */
export function printOne(
  output: Output,
  one: {
    item: object;
    rows: readonly (readonly [name: string, value: string | number | null | undefined])[];
    format: Format;
  },
): void {
  const { item, rows, format } = one;
  switch (format) {
    case "json":
      return output.write(`${JSON.stringify(item, null, 2)}\n`);
    case "yaml":
      return output.write(stringify(item));
    case "csv":
      return output.write(
        renderCsv(rows, [
          { title: "name", value: ([name]) => name },
          { title: "value", value: ([, value]) => value },
        ]),
      );
    case "table": {
      const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
      const width = Math.max(0, ...shown.map(([name]) => name.length));
      return output.write(shown.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join(""));
    }
  }
}
