import { stringify } from "yaml";
import { assertNever } from "#contract/assert-never.ts";
import type { Cli } from "./create-cli.ts";
import { type ListView, readView } from "./list-options.ts";
import type { Column, Format } from "./output.ts";
import { renderCsv } from "./render-csv.ts";
import { renderTable } from "./render-table.ts";
import { pause } from "./pause.ts";

interface Arriving {
  id: string;
  receivedAt: string;
}

interface FollowedList<Item> {
  columns: readonly Column<Item>[];
  /** Newest first: the beginning, and later what was received at or after a time. */
  read(since?: string): Promise<readonly Item[]>;
}

const POLL_MS = 1_000;
/** Rows are committed side by side: one that was received earlier may be seen later. */
const OVERLAP_MS = 30_000;

/**
 * Prints a list oldest first, and then each item that arrives, once, as it was when it was first seen. Ends at the
 * signal, without an error. JSON is a line each; CSV and the table have their head once; YAML goes on as one list.
 */
export async function followList<Item extends Arriving>(
  cli: Cli,
  view: ListView,
  list: FollowedList<Item>,
): Promise<void> {
  const { columns, isShown } = readView(view, list.columns);
  const print = createPrinter<Item>(cli, view.output, columns);
  let seen = new Set<string>();
  // What the limit left out at first is no news later.
  let oldest: string | undefined;
  let newestMs = 0;
  while (!cli.signal.aborted) {
    const since = oldest === undefined ? undefined : new Date(newestMs - OVERLAP_MS).toISOString();
    const items = await list.read(since);
    oldest ??= items.at(-1)?.id ?? "";
    const first = oldest;
    print(items.filter((item) => item.id >= first && !seen.has(item.id) && isShown(item)).toReversed());
    seen = new Set(items.map(({ id }) => id));
    newestMs = Math.max(newestMs, ...items.map(({ receivedAt }) => Date.parse(receivedAt)));
    await pause(POLL_MS, cli.signal);
  }
}

function createPrinter<Item>({ output }: Cli, format: Format, columns: readonly Column<Item>[]) {
  let first: readonly Item[] | undefined;
  return (items: readonly Item[]): void => {
    if (items.length === 0) return;
    output.write(render(items));
    first ??= items;
  };
  function render(items: readonly Item[]): string {
    switch (format) {
      case "json":
        return items.map((item) => `${JSON.stringify(item)}\n`).join("");
      case "yaml":
        return stringify(items);
      case "csv":
        return first === undefined ? renderCsv(items, columns) : lastLines(renderCsv(items, columns), 1);
      case "table":
        // With the first ones, so that the columns stand where theirs do.
        return first === undefined
          ? renderTable(items, columns, output)
          : lastLines(renderTable([...first, ...items], columns, output), 1 + first.length);
      default:
        return assertNever(format);
    }
  }
}

function lastLines(text: string, left: number): string {
  return text.split("\n").slice(left).join("\n");
}
