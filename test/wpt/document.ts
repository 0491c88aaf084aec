import { readFileSync, writeFileSync } from "node:fs";

/** `docs/web-platform.md` holds what `--update` writes between two marks; the rest is written by hand. */
const FILE = new URL("../../docs/web-platform.md", import.meta.url);

export function writeSection(name: string, text: string): void {
  const document = readFileSync(FILE, "utf8");
  const [before, after] = marksOf(name);
  const from = document.indexOf(before);
  const to = document.indexOf(after);
  if (from < 0 || to < from) throw new Error(`docs/web-platform.md has no section ${name}`);
  writeFileSync(FILE, `${document.slice(0, from + before.length)}\n${text}\n${document.slice(to)}`);
}

export function readSection(name: string): string {
  const document = readFileSync(FILE, "utf8");
  const [before, after] = marksOf(name);
  return document.slice(document.indexOf(before) + before.length, document.indexOf(after)).trim();
}

function marksOf(name: string): [string, string] {
  return [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
}
