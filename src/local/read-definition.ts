import type { Definition } from "#contract/definition.ts";
import { codeOf, EngineError } from "#contract/errors.ts";
import { firstDifference } from "#contract/first-difference.ts";
import type { Json } from "#contract/json.ts";
import { parseDefinition } from "#contract/parse-definition.ts";
import type { IntegrationBundle } from "./bundle-integration.ts";
import { guestCode } from "./guest-code.ts";
import { createScope } from "./scope.ts";
import { createSourcePlaces, type SourcePlace, type SourcePlaces, spellPlace } from "./source-places.ts";

export interface LocalDefinition {
  definition: Definition;
  /** Where the part at a path such as `flows[0].trigger` is declared. */
  placeOf(path: string): string | undefined;
}

/**
 * Reads a bundle's definition here, before it is sent anywhere, so that each thing that is wrong with it can be told with its
 * place in the author's file. The server reads it again and decides.
 *
 * @throws EngineError `request/definition-refused`
 */
export async function readDefinition(bundle: IntegrationBundle): Promise<LocalDefinition> {
  const places = createSourcePlaces(bundle.sourceMap);
  const guest = await guestCode();
  const first = declareOnce(bundle, guest, places);
  const second = declareOnce(bundle, guest, places);
  const placeOf = (path: string) => {
    const place = findPlace(first.declared, path, { stackOf: first.stackOf, places });
    return place === undefined ? undefined : spellPlace(place);
  };
  const path = firstDifference(first.plain, second.plain);
  try {
    if (path !== undefined) throw differs(path);
    return { definition: parseDefinition(JSON.stringify(first.plain)), placeOf };
  } catch (error) {
    throw withPlaces(error, placeOf);
  }
}

interface Declaration {
  /** As the bundle left it: its parts are known by identity. */
  declared: unknown;
  plain: Json;
  stackOf(part: object): string | undefined;
}

function declareOnce(bundle: IntegrationBundle, guest: string, places: SourcePlaces): Declaration {
  const stacks = new Map<object, string>();
  let root: object | undefined;
  const { integration, failure } = createScope({
    guestCode: guest,
    bundle,
    onDeclared: (part) => {
      root ??= "format" in part ? part : undefined;
      stacks.set(part, new Error("declared").stack ?? "");
    },
  });
  if (failure !== undefined) throw evaluationRefused(failure, places);
  const declared = integration?.definition;
  return {
    declared,
    plain: JSON.parse(JSON.stringify(declared ?? null)) as Json, // JSON a line ago
    // Each flow makes a new whole; the first one's place is the whole's.
    stackOf: (part) => stacks.get(part === declared && root !== undefined ? root : part),
  };
}

/** Clock and chance are real here: what depends on them differs. */
function differs(path: string): EngineError {
  return new EngineError(
    "request/definition-refused",
    `The integration's definition is refused:\n  ${path}: differs between two evaluations; a definition may not depend on time, chance or a previous run`,
    { field: path },
  );
}

function evaluationRefused(thrown: unknown, places: SourcePlaces): EngineError {
  // Made in another global: known by its properties.
  const { name = "Error", message = String(thrown), stack = "" } = Object(thrown) as Partial<Error>;
  const place = places.findInStack(stack);
  return new EngineError(
    "request/definition-refused",
    `${place === undefined ? "" : `${spellPlace(place)}: `}${name}: ${message}`,
    { cause: thrown },
  );
}

/** Puts a place before each line `  <path>: <problem>` of a refusal. */
function withPlaces(error: unknown, placeOf: (path: string) => string | undefined): unknown {
  if (!(error instanceof Error) || codeOf(error) !== "request/definition-refused") return error;
  const message = error.message.replaceAll(/^ {2}([\w.[\]-]+): /gm, (line, path: string) => {
    const place = placeOf(path === "definition" ? "" : path);
    return place === undefined ? line : `  ${place}: ${path}: `;
  });
  return new EngineError("request/definition-refused", message, { cause: error });
}

interface Search {
  stackOf(part: object): string | undefined;
  places: SourcePlaces;
}

/** The place of the innermost part of a path that told of itself; what is left of the path is looked for behind it. */
function findPlace(definition: unknown, path: string, { stackOf, places }: Search): SourcePlace | undefined {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
  let at: unknown = definition;
  let found: SourcePlace | undefined;
  let rest: string[] = [];
  for (const key of ["", ...keys]) {
    if (key !== "") {
      at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
      rest.push(key);
    }
    const stack = typeof at === "object" && at !== null ? stackOf(at) : undefined;
    const place = stack === undefined ? undefined : places.findInStack(stack);
    if (place !== undefined) [found, rest] = [place, []];
  }
  return found === undefined ? undefined : lookFurther(found, rest, places);
}

/** Properties that stand in the source behind the place, one within the other: `permissions`, then `net`. */
function lookFurther(place: SourcePlace, keys: readonly string[], places: SourcePlaces): SourcePlace {
  const text = places.textOf(place.source);
  if (text === undefined) return place;
  const lines = text.split("\n");
  let offset = lines.slice(0, place.line - 1).join("\n").length + place.column;
  let isMoved = false;
  for (const key of keys.filter((name) => /^[a-z]/i.test(name))) {
    const next = new RegExp(`(?<![\\w$.])["']?${key.replaceAll(/[^\w-]/g, "\\$&")}["']?\\s*[:,}]`, "g");
    next.lastIndex = offset;
    const match = next.exec(text);
    if (match === null) break;
    [offset, isMoved] = [match.index, true];
  }
  if (!isMoved) return place;
  const before = text.slice(0, offset).split("\n");
  return { source: place.source, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
