import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { BUNDLE_FILE_NAME, GUEST_FILE_NAME } from "../protocol.ts";

/**
 * Turns a stack of the bundle into one of the author's source. Done in the cell, since a source map is the
 * author's input too. Frames of the guest's runtime are left out.
 */
const FRAME = new RegExp(`${BUNDLE_FILE_NAME.replace(".", "\\.")}:(\\d+):(\\d+)`);
const maps = new Map<string, TraceMap | undefined>();

export function mapStack(stack: string, sha256: string, sourceMap: string | undefined): string {
  const map = findMap(sha256, sourceMap);
  return stack
    .split("\n")
    .filter((line) => !line.includes(GUEST_FILE_NAME) && !line.includes("<isolated-vm"))
    .map((line) => (map === undefined ? line : mapLine(line, map)))
    .join("\n");
}

function findMap(sha256: string, sourceMap: string | undefined): TraceMap | undefined {
  if (!maps.has(sha256)) maps.set(sha256, parseMap(sourceMap));
  return maps.get(sha256);
}

function parseMap(sourceMap: string | undefined): TraceMap | undefined {
  if (sourceMap === undefined) return undefined;
  try {
    return new TraceMap(sourceMap);
  } catch {
    return undefined; // a broken map leaves the stack as it is
  }
}

function mapLine(line: string, map: TraceMap): string {
  const found = FRAME.exec(line);
  if (found === null) return line;
  const position = originalPositionFor(map, { line: Number(found[1]), column: Number(found[2]) - 1 });
  if (position.source === null) return line;
  return line.replace(found[0], `${position.source}:${position.line}:${position.column + 1}`);
}
