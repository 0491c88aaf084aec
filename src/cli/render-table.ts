import Table from "cli-table3";
import { stripVTControlCharacters, styleText } from "node:util";
import type { Column, Output } from "./output.ts";

const GAP = 2;
const NARROWEST = 6;
const NO_LINES = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"])
    .map((name) => [name, ""]),
);

/** Columns side by side, as wide as their content; on a terminal the widest give way until all fit. */
export function renderTable<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  output: Pick<Output, "columns" | "colors">,
): string {
  const rows = items.map((item) => columns.map((column) => toCell(column.value(item))));
  const widths = fitWidths(
    columns.map((column, index) =>
      Math.max(column.title.length, ...rows.map((row) => row[index]?.length ?? 0)),
    ),
    output.columns,
  );
  const bold = (text: string) => (output.colors ? styleText("bold", text, { validateStream: false }) : text);
  const table = new Table({
    head: columns.map(({ title }) => bold(title)),
    chars: NO_LINES,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": GAP },
    colWidths: widths.map((width) => width + GAP),
  });
  table.push(...rows.map((row) => row.map((cell) => (output.colors ? paint(cell) : cell))));
  return `${table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
}

/** What a sender or author wrote must not move the reader's cursor. */
function toCell(value: string | number | boolean | null | undefined): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return stripVTControlCharacters(String(value ?? "")).replaceAll(/[\u0000-\u001f\u007f]+/g, " ");
}

function fitWidths(wanted: readonly number[], available: number): number[] {
  const widths = [...wanted];
  const total = () => widths.reduce((sum, width) => sum + width + GAP, 0);
  while (total() > available) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest];
    if (width === undefined || width <= NARROWEST) break;
    widths[widest] = width - 1;
  }
  return widths;
}

const COLORS: Record<string, "green" | "red" | "yellow" | "cyan"> = {
  succeeded: "green",
  failed: "red",
  lost: "red",
  waiting: "yellow",
  paused: "yellow",
  incomplete: "yellow",
  running: "cyan",
};

function paint(cell: string): string {
  const color = COLORS[cell];
  return color === undefined ? cell : styleText(color, cell, { validateStream: false });
}
