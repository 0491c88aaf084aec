import { expect, test } from "vitest";
import { renderTable } from "#cli/render-table.ts";

const columns = [
  { title: "id", value: (item: { id: string; text: string }) => item.id },
  { title: "text", value: (item: { id: string; text: string }) => item.text },
];
const items = [
  { id: "1", text: "a text that is far too long for the terminal that it is shown on" },
  { id: "2", text: "short" },
];

test("no line is wider than the terminal", () => {
  const lines = renderTable(items, columns, { columns: 40, colors: false }).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  expect(lines[1]).toContain("…");
});

test("without a terminal nothing is cut", () => {
  expect(renderTable(items, columns, { columns: Number.POSITIVE_INFINITY, colors: false })).toContain(
    items[0]!.text,
  );
});

test("what a sender wrote cannot move the cursor or add a line", () => {
  const hostile = [{ id: "\u001b[2J1", text: "a\nb\r\u0007c" }];
  const table = renderTable(hostile, columns, { columns: 80, colors: false });
  expect(table).toBe("id  text\n1   a b c\n");
});

test("states are coloured only where colours are wanted", () => {
  const states = [{ id: "1", text: "failed" }];
  expect(renderTable(states, columns, { columns: 80, colors: true })).toContain("\u001b[31mfailed");
  expect(renderTable(states, columns, { columns: 80, colors: false })).not.toContain("\u001b");
});
