import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exclusionOf, type Area } from "./areas.ts";

/** One run: a file of the Web Platform Tests in one of its variants. */
export interface WptTest {
  /** Path in the checkout, with the variant's query. */
  id: string;
  path: string;
  /** Scripts to be run before it, as paths in the checkout. */
  scripts: string[];
  isLong: boolean;
  excluded?: string;
}

export interface TestMeta {
  scripts: string[];
  variants: string[];
  isLong: boolean;
  /** Names of globals, empty where the file names none: then window and worker. */
  globals: string[];
}

/** The `// META:` lines at the head of a test. */
export function parseMeta(source: string): TestMeta {
  const meta: TestMeta = { scripts: [], variants: [], isLong: false, globals: [] };
  for (const line of source.split("\n")) {
    const [, key, value = ""] = /^\/\/ META: *(\w+)=(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined && !line.startsWith("//") && line.trim() !== "") break;
    if (key === "script") meta.scripts.push(value);
    if (key === "variant") meta.variants.push(value);
    if (key === "timeout") meta.isLong = value === "long";
    if (key === "global") meta.globals.push(...value.split(","));
  }
  return meta;
}

export function findTests(root: string, area: Area): WptTest[] {
  const paths = area.folders.flatMap((folder) =>
    globSync(`${folder}/**/*.{any,window,worker}.js`, { cwd: root }),
  );
  return paths.toSorted().flatMap((path) => testsOf(root, path));
}

function testsOf(root: string, path: string): WptTest[] {
  const { scripts, variants, isLong, globals } = parseMeta(readFileSync(join(root, path), "utf8"));
  const pageOnly =
    path.endsWith(".any.js") && globals.length > 0 && globals.every((name) => name === "window");
  const excluded = exclusionOf(path) ?? (pageOnly ? "is for windows only" : undefined);
  const resolved = scripts.map((script) =>
    script.startsWith("/") ? script.slice(1) : join(dirname(path), script),
  );
  return (variants.length === 0 || excluded !== undefined ? [""] : variants).map((variant) => ({
    id: `${path}${variant}`,
    path,
    scripts: resolved,
    isLong,
    ...(excluded === undefined ? {} : { excluded }),
  }));
}
