import { Command } from "commander";
import { parseCliConfig } from "#config";
import { expect, test } from "vitest";
import { addListOptions, type ListView, showList } from "#cli/list-options.ts";

const ITEMS = [
  { id: "1", name: "Acme", state: "failed", extra: true },
  { id: "2", name: "Bolt", state: "succeeded", extra: true },
  { id: "3", name: "Acme Nord", state: "failed", extra: true },
];
type Item = (typeof ITEMS)[number];
const COLUMNS = [
  { title: "id", value: (item: Item) => item.id },
  { title: "full name", value: (item: Item) => item.name },
  { title: "state", value: (item: Item) => item.state },
];

/** What the list prints; `reads` are what each read finds, and Ctrl-C follows the last. */
async function list(args: string[], reads: Item[][] = [ITEMS], isTerminal = false): Promise<string> {
  let printed = "";
  let read = 0;
  const stopping = new AbortController();
  const cli = {
    config: parseCliConfig({}),
    output: {
      isTerminal,
      columns: 80,
      colors: false,
      write: (text: string | Uint8Array) => void (printed += String(text)),
    },
    say() {},
    signal: stopping.signal,
  };
  const command = addListOptions(new Command("list"))
    .exitOverride()
    .configureOutput({ writeErr() {} })
    .action((view: ListView) =>
      showList(cli, view, {
        columns: COLUMNS,
        async read() {
          const items = reads[read] ?? [];
          read += 1;
          if (read >= reads.length) stopping.abort();
          return items;
        },
      }),
    );
  await command.parseAsync(args, { from: "user" });
  return printed;
}

test("columns are those that are named, in that order, in every format", async () => {
  expect(await list(["--columns", "state,full_name"])).toMatch(/^state +full name\nfailed +Acme\n/);
  expect(await list(["--columns", "Full Name", "-o", "csv"])).toBe(
    "full_name\r\nAcme\r\nBolt\r\nAcme Nord\r\n",
  );
  expect(JSON.parse(await list(["--columns", "id", "-o", "json"]))).toEqual([
    { id: "1" },
    { id: "2" },
    { id: "3" },
  ]);
});

test("JSON without named columns shows the items whole", async () => {
  expect(JSON.parse(await list(["-o", "json"]))).toEqual(ITEMS);
});

test.each([
  [["state=failed"], ["1", "3"]],
  [["state!=failed"], ["2"]],
  [["full_name~ACME"], ["1", "3"]],
  [["full_name~acme", "id!=1"], ["3"]],
  [["full_name="], []],
])("of the filters %j all hold", async (filters, ids) => {
  const args = filters.flatMap((filter) => ["--filter", filter]);
  expect(JSON.parse(await list([...args, "--columns", "id", "-o", "json"]))).toEqual(
    ids.map((id) => ({ id })),
  );
});

test("a column that is not there is an error of usage that names those that are", async () => {
  for (const args of [
    ["--columns", "nope"],
    ["--filter", "nope=1"],
  ])
    await expect(list(args)).rejects.toMatchObject({ exitCode: 2, remedy: "It has id, full_name, state" });
  await expect(list(["--filter", "state"])).rejects.toThrow("It must be column=text");
});

test("a watched list without a terminal prints when it differs, and ends at Ctrl-C without an error", async () => {
  const [first, second] = [ITEMS.slice(0, 1), ITEMS.slice(0, 2)];
  expect(await list(["--watch", "-o", "csv", "--columns", "id"], [first, first, second])).toBe(
    "id\r\n1\r\nid\r\n1\r\n2\r\n",
  );
}, 10_000);

test("on a terminal a watched list is drawn again in its place", async () => {
  expect(await list(["--watch"], [ITEMS], true)).toContain("\u001b[H\u001b[2J");
});
