import { readFileSync } from "node:fs";

/** The cells of every table row of a page in `docs/`, code marks taken off; heads and rules left out. */
export function tableRows(page: string): string[][] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8");
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const isHead = /^\|[-|]+\|$/.test(lines[index + 1] ?? "");
    if (!line.startsWith("|") || isHead || /^\|[-|]+\|$/.test(line)) return [];
    return [
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", "")),
    ];
  });
}
