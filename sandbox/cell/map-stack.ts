import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { BUNDLE_FILE_NAME, GUEST_FILE_NAME } from "../protocol.ts";

/**
 * Turns a stack of the bundle into one of the author's source. Done in the cell, since a source map is the
 * author's input too. Frames of the guest's runtime are left out.
 */
const FRAME = new RegExp(`${BUNDLE_FILE_NAME.replace(".", "\\.")}:(\\d+):(\\d+)`);
/** What the host keeps of a stack; what is longer was forged. */
const STACK_CHARACTERS = 30_000;
const MAPPED_LINES = 100;
const SOURCE_CHARACTERS = 300;
/** Without a compiler a map of this size is read in about half a second, once in a cell; a larger one is not. */
const MAPPING_CHARACTERS = 4_000_000;
const MOST_SOURCES = 20_000;
const maps = new Map<string, TraceMap | undefined>();

export function mapStack(stack: string, sha256: string, sourceMap: string | undefined): string {
  const map = findMap(sha256, sourceMap);
  return stack
    .slice(0, STACK_CHARACTERS)
    .split("\n")
    .filter((line) => !line.includes(GUEST_FILE_NAME) && !line.includes("<isolated-vm"))
    .map((line, at) => (map === undefined || at > MAPPED_LINES ? line : mapLine(line, map)))
    .join("\n")
    .slice(0, STACK_CHARACTERS);
}

function findMap(sha256: string, sourceMap: string | undefined): TraceMap | undefined {
  if (!maps.has(sha256)) maps.set(sha256, parseMap(sourceMap));
  return maps.get(sha256);
}

function parseMap(sourceMap: string | undefined): TraceMap | undefined {
  if (sourceMap === undefined) return undefined;
  try {
    const { sources, mappings } = JSON.parse(sourceMap) as { sources?: unknown; mappings?: unknown }; // checked below
    if (!Array.isArray(sources) || typeof mappings !== "string") return undefined;
    if (sources.length > MOST_SOURCES || mappings.length > MAPPING_CHARACTERS) return undefined;
    const known = sources.map((source: unknown) =>
      typeof source === "string" ? source.slice(0, SOURCE_CHARACTERS) : null,
    );
    return new TraceMap({ version: 3, names: [], sources: known, mappings });
  } catch {
    return undefined; // a broken map leaves the stack as it is
  }
}

function mapLine(line: string, map: TraceMap): string {
  const found = FRAME.exec(line);
  if (found === null) return line;
  const position = originalPositionFor(map, { line: Number(found[1]), column: Number(found[2]) - 1 });
  if (position.source === null || position.source === "") return line;
  // Not as text: in a replacement's text the author's `$&` would mean something.
  return line.replace(found[0], () => `${position.source}:${position.line}:${position.column + 1}`);
}
