import { expect, test } from "vitest";
import { parseCliConfig } from "#config";
import { followList } from "#cli/follow-list.ts";
import type { Format } from "#cli/output.ts";

interface Row {
  id: string;
  receivedAt: string;
}
const row = (n: number): Row => ({ id: `0${n}`, receivedAt: new Date(n * 1_000).toISOString() });

/** What is printed while one answer after the other is read, newest first; the signal comes with the last. */
async function follow(answers: Row[][], output: Format = "csv", filter?: string): Promise<string> {
  const controller = new AbortController();
  let printed = "";
  const cli = {
    config: parseCliConfig({}),
    output: {
      isTerminal: false,
      columns: Number.POSITIVE_INFINITY,
      colors: false,
      write: (text: string | Uint8Array) => (printed += String(text)),
    },
    say() {},
    signal: controller.signal,
  };
  const left = [...answers];
  const read = async () => {
    const items = left.shift() ?? [];
    if (left.length === 0) controller.abort();
    return items;
  };
  const filters =
    filter === undefined ? {} : { filter: [{ column: "id", operator: "!=" as const, text: filter }] };
  await followList(
    cli,
    { output, ...filters },
    {
      columns: [{ title: "id", value: ({ id }: Row) => id }],
      read,
    },
  );
  return printed;
}

test("what is there comes oldest first, and what arrives once, under one head", async () => {
  expect(
    await follow([
      [row(2), row(1)],
      [row(3), row(2), row(1)],
      [row(4), row(3)],
    ]),
  ).toBe("id\r\n01\r\n02\r\n03\r\n04\r\n");
  expect(await follow([[row(2), row(1)], [row(3)]], "table")).toBe("id\n01\n02\n03\n");
  expect(await follow([[row(1)], [row(2)]], "json")).toBe(
    `${JSON.stringify(row(1))}\n${JSON.stringify(row(2))}\n`,
  );
});

test("what was received earlier and committed later is not missed, what the limit left out is no news", async () => {
  expect(
    await follow([
      [row(4), row(2)],
      [row(4), row(3), row(2), row(1)],
    ]),
  ).toBe("id\r\n02\r\n04\r\n03\r\n");
});

test("nothing at first prints nothing, and a filter holds for what arrives", async () => {
  expect(await follow([[], [row(1)]])).toBe("id\r\n01\r\n");
  expect(await follow([[row(1)], [row(3), row(2)]], "csv", "02")).toBe("id\r\n01\r\n03\r\n");
});
