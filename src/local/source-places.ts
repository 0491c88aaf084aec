import { SourceMap, type SourceMapPayload } from "node:module";
import { BUNDLE_FILE_NAME, GUEST_FILE_NAME } from "#sandbox/protocol.ts";

/** A place in the author's source. Lines and columns from 1. */
export interface SourcePlace {
  /** As the source map has it: relative to the integration's folder. */
  source: string;
  line: number;
  column: number;
}

export interface SourcePlaces {
  /** The first frame of a stack that is the author's own. */
  findInStack(stack: string): SourcePlace | undefined;
  /** A stack with places of the source, without frames of the engine. */
  mapStack(stack: string): string;
  /** The source's text, where the map has it. */
  textOf(source: string): string | undefined;
}

const FRAME = new RegExp(`${BUNDLE_FILE_NAME.replace(".", "\\.")}:(\\d+):(\\d+)`);

export function createSourcePlaces(sourceMapJson: string): SourcePlaces {
  const payload = JSON.parse(sourceMapJson) as SourceMapPayload; // made by the bundler a moment ago
  const map = new SourceMap(payload);
  const placeOf = (line: string): SourcePlace | undefined => {
    const found = FRAME.exec(line);
    if (found === null) return undefined;
    const entry = map.findEntry(Number(found[1]) - 1, Number(found[2]) - 1);
    return "originalSource" in entry && typeof entry.originalSource === "string"
      ? { source: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
      : undefined;
  };
  return {
    findInStack: (stack) =>
      stack
        .split("\n")
        .map(placeOf)
        .find((place) => place !== undefined && !isEngine(place.source)),
    mapStack: (stack) =>
      stack
        .split("\n")
        .filter((line) => !/^\s+at /.test(line) || (FRAME.test(line) && !line.includes(GUEST_FILE_NAME)))
        .map((line) => {
          const place = placeOf(line);
          return place === undefined ? line : line.replace(FRAME, spellPlace(place));
        })
        .join("\n"),
    textOf: (source) => payload.sourcesContent[payload.sources.indexOf(source)] ?? undefined,
  };
}

export function spellPlace({ source, line, column }: SourcePlace): string {
  return `${source}:${line}:${column}`;
}

function isEngine(source: string): boolean {
  return source.startsWith("millrace/") || source === "millrace-entry.js";
}
