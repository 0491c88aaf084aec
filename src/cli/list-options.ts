import { type Command, InvalidArgumentError, Option } from "commander";
import { CliError, EXIT } from "./cli-error.ts";
import { columnName } from "./column-name.ts";
import { type Cli, formatOption } from "./create-cli.ts";
import { type Column, type Format, renderList } from "./output.ts";
import { pause } from "./pause.ts";

/** What every list takes; commander's names. */
export interface ListView {
  output: Format;
  columns?: string[];
  filter?: Filter[];
  watch?: boolean;
}

interface Filter {
  column: string;
  operator: "=" | "!=" | "~";
  text: string;
}

interface List<Item> {
  columns: readonly Column<Item>[];
  /** Said by a table without rows. */
  empty?: string;
  read(): Promise<readonly Item[]>;
}

const WATCH_MS = 1_000;
const CLEAR_SCREEN = "\u001b[H\u001b[2J\u001b[3J";

export function addListOptions(command: Command): Command {
  return command
    .addOption(formatOption())
    .option("--columns <names>", "only these, in this order, separated by commas", parseNames)
    .addOption(
      new Option(
        "--filter <condition>",
        "of what was listed: column=text, column!=text or column~part; all of several must hold",
      ).argParser(collectFilters),
    )
    .option("--watch", "list again every second until Ctrl-C; where no terminal is, whenever it differs");
}

/** What a view asks for: the columns it names, and whether an item is shown at all. */
export function readView<Item>(view: ListView, known: readonly Column<Item>[]) {
  const filters = (view.filter ?? []).map((filter) => {
    const column = findColumn(known, filter.column);
    return (item: Item) => matches(String(column.value(item) ?? ""), filter);
  });
  return {
    columns: view.columns?.map((name) => findColumn(known, name)) ?? known,
    isShown: (item: Item) => filters.every((holds) => holds(item)),
  };
}

/** Reads, picks and prints; again and again where the person wants to watch. */
export async function showList<Item>(cli: Cli, view: ListView, list: List<Item>): Promise<void> {
  const { columns, isShown } = readView(view, list.columns);
  const render = async () => {
    const items = (await list.read()).filter(isShown);
    return renderList(cli.output, {
      items,
      columns,
      format: view.output,
      pickedColumns: view.columns !== undefined,
      ...(list.empty !== undefined && { empty: list.empty }),
    });
  };
  if (view.watch !== true) return cli.output.write(await render());
  await watch(cli, render);
}

async function watch({ output, signal }: Cli, render: () => Promise<string>): Promise<void> {
  let shown: string | undefined;
  while (!signal.aborted) {
    const text = await render();
    if (output.isTerminal) output.write(`${CLEAR_SCREEN}${text}`);
    else if (text !== shown) output.write(text);
    shown = text;
    await pause(WATCH_MS, signal);
  }
}

function matches(value: string, { operator, text }: Filter): boolean {
  const [have, want] = [value.toLowerCase(), text.toLowerCase()];
  if (operator === "~") return have.includes(want);
  return (have === want) === (operator === "=");
}

/** By its title, or as CSV spells it. */
function findColumn<Item>(columns: readonly Column<Item>[], name: string): Column<Item> {
  const column = columns.find(({ title }) => columnName(title) === columnName(name));
  if (column !== undefined) return column;
  throw new CliError(`The list has no column "${name}"`, {
    exitCode: EXIT.usage,
    remedy: `It has ${columns.map(({ title }) => columnName(title)).join(", ")}`,
  });
}

function parseNames(text: string): string[] {
  return text.split(",");
}

function collectFilters(text: string, earlier: Filter[] = []): Filter[] {
  const [, column, operator, value] = /^([^=!~]+)(!=|=|~)(.*)$/s.exec(text) ?? [];
  if (column === undefined || value === undefined || !isOperator(operator))
    throw new InvalidArgumentError("It must be column=text, column!=text or column~part.");
  return [...earlier, { column, operator, text: value }];
}

function isOperator(text: string | undefined): text is Filter["operator"] {
  return text === "=" || text === "!=" || text === "~";
}
