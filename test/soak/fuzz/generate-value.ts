import type { Schema } from "#api/description-schema.ts";
import type { Random } from "./random.ts";

/** Text that has broken servers before. */
const NASTY = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "é".repeat(300),
  "x".repeat(20_000),
  "'; DROP TABLE customers; --",
  "%_\\",
  "../../etc/passwd",
  "<script>alert(1)</script>",
  "null",
  "1e400",
  "9223372036854775808",
  "\u202e\u0000\uffff",
  "__proto__",
  "constructor",
  "\r\nX-Injected: 1",
];
const WRONG = [null, true, -1, 0, 1e300, 2 ** 53, 0.1, "", [], {}, [[[]]], { a: { b: {} } }, "x".repeat(10)];

export interface ValueOptions {
  /** Now and then something that the schema forbids. */
  wild: boolean;
  /** Of the field or parameter. */
  name: string;
  /** Ids that such a field may hold. */
  idsFor(name: string): readonly string[];
}

export function generateValue(schema: Schema, random: Random, options: ValueOptions): unknown {
  if (options.wild && random.chance(0.15)) return random.pick([...WRONG, ...NASTY]);
  if (schema.enum !== undefined) return random.pick(schema.enum);
  if (schema.anyOf !== undefined) return generateValue(random.pick(schema.anyOf), random, options);
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
  switch (type) {
    case "string":
      return generateText(schema, random, options);
    case "integer":
      return random.between(
        schema.minimum ?? -3,
        Math.min(schema.maximum ?? 1_000, (schema.minimum ?? 0) + 300),
      );
    case "number":
      return random.next() * 1_000 - 500;
    case "boolean":
      return random.chance(0.5);
    case "null":
      return null;
    case "array":
      return Array.from({ length: random.between(0, 4) }, () =>
        generateValue(schema.items ?? {}, random, options),
      );
    case "object":
      return generateObject(schema, random, options);
    default:
      return random.pick(WRONG);
  }
}

function generateText(schema: Schema, random: Random, { wild, name, idsFor }: ValueOptions): string {
  if (wild && random.chance(0.1)) return random.pick(NASTY);
  if (schema.format === "uuid") return pickId(random, idsFor(name));
  if (schema.format === "date-time") return new Date(random.between(0, 4_102_444_800_000)).toISOString();
  if (schema.examples !== undefined) return String(random.pick(schema.examples));
  const words = ["Acme", "main", "push", "ping", "url", "https://ledger.example", "eu", "ß", "日本", "x"];
  return Array.from({ length: random.between(1, 3) }, () => random.pick(words)).join(" ");
}

function generateObject(schema: Schema, random: Random, options: ValueOptions) {
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isNeeded = schema.required?.includes(name) === true && !(options.wild && random.chance(0.1));
    if (isNeeded || random.chance(0.5)) made[name] = generateValue(property, random, { ...options, name });
  }
  if (typeof schema.additionalProperties === "object")
    for (let count = random.between(0, 3); count > 0; count -= 1)
      made[random.pick(["url", "limit", "dry", "region", "other"])] = generateValue(
        schema.additionalProperties,
        random,
        options,
      );
  if (options.wild && random.chance(0.1))
    made[random.pick(["extra", "__proto__", "id"])] = random.pick(WRONG);
  return made;
}

function pickId(random: Random, ids: readonly string[]): string {
  return random.chance(0.9) && ids.length > 0 ? random.pick(ids) : crypto.randomUUID();
}
