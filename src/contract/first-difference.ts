import type { Json } from "./json.ts";

/** The path of the first value in which two JSON values differ, as `flows[0].name`; undefined where they are equal. */
export function firstDifference(one: Json, other: Json, path = ""): string | undefined {
  if (one === other) return undefined;
  if (!isBranch(one) || !isBranch(other) || Array.isArray(one) !== Array.isArray(other)) return path;
  const [left, right] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const inner = Array.isArray(one) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    const [mine, theirs] = [left.get(key), right.get(key)];
    const found = mine === undefined || theirs === undefined ? inner : firstDifference(mine, theirs, inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isBranch(value: Json): value is Json[] | { [key: string]: Json } {
  return typeof value === "object" && value !== null;
}
