import { createId } from "#contract/create-id.ts";
import { requestOf } from "../../support/route-requests.ts";
import { type BadRow, invalid, notThere } from "./bad-row.ts";
import type { Parameter, Schema } from "#api/description-schema.ts";
import { type Operation, plain, typesOf } from "./description.ts";
import type { World } from "./world.ts";

/** What can be told from the description alone: each of these answers is the same on every route. */
export function generateRows(operation: Operation): BadRow[] {
  const { parameters } = operation;
  return [
    ...parameters.filter((each) => each.in === "path").flatMap((each) => pathRows(operation, each)),
    ...parameters.filter((each) => each.in === "query").flatMap((each) => queryRows(operation, each)),
    ...parameters.filter((each) => each.in === "header").flatMap((each) => headerRows(operation, each)),
    invalid(operation.route, {
      kind: "unknown parameter",
      what: "a parameter that it does not have",
      of: "serach",
      request: { query: { serach: "x" } },
    }),
    ...bodyRows(operation),
  ];
}

function pathRows({ route }: Operation, { name, schema }: Parameter): BadRow[] {
  const isId = schema.format === "uuid";
  const isNumber = typesOf(schema).includes("integer");
  const absent = isId ? createId() : isNumber ? "99999" : "nosuch";
  const wrong = isId ? ["1", "null"] : isNumber ? ["0", "first", "2147483648"] : ["!".repeat(64)];
  const malformed = wrong.map((value) =>
    invalid(route, {
      kind: "malformed id",
      what: `${value} as ${name}`,
      of: name,
      request: { params: { [name]: value } },
    }),
  );
  const unknown = notThere(route, {
    kind: "unknown id",
    what: `one that is not there as ${name}`,
    of: name,
    request: { params: { [name]: absent } },
    names: absent,
  });
  if (!isId) return [...malformed, unknown];
  const foreignId = ({ foreign }: World): string =>
    requestOf(route, foreign).params[name] ?? "a route without this parameter";
  const foreign = notThere(route, {
    kind: "foreign id",
    what: `another organization's ${name}`,
    of: name,
    request: (world) => ({ params: { [name]: foreignId(world) } }),
    names: foreignId,
  });
  return [...malformed, unknown, foreign];
}

function queryRows({ route }: Operation, parameter: Parameter): BadRow[] {
  const { name, schema } = parameter;
  const row = (kind: BadRow["kind"], value: string): BadRow =>
    invalid(route, {
      kind,
      what: `${value.length > 40 ? `${value.length} characters` : `"${value}"`} as ${name}`,
      of: name,
      request: { query: { [name]: value } },
    });
  const rows: BadRow[] = [];
  if (parameter.required === true)
    rows.push(
      invalid(route, {
        kind: "missing",
        what: `no ${name}`,
        of: name,
        request: { query: { [name]: null } },
      }),
    );
  if (name === "cursor") rows.push(row("bad cursor", "!"), row("bad cursor", "e30"));
  if (name === "limit")
    rows.push(
      row("bad limit", "0"),
      row("bad limit", "many"),
      row("bad limit", String(maximumOf(schema) + 1)),
    );
  if (name === "cursor" || name === "limit") return rows;
  for (const value of badTexts(schema)) rows.push(row("bad parameter", value));
  if (schema.maxLength !== undefined) rows.push(row("too long", "x".repeat(schema.maxLength + 1)));
  return rows;
}

/** Texts that a query's parameter must not be; none where any text will do. */
function badTexts(schema: Schema): string[] {
  const types = typesOf(schema);
  if (types.includes("integer") || types.includes("number")) return ["many", "0.5"];
  if (schema.enum !== undefined || schema.format !== undefined) return ["nosuch"];
  return schema.pattern !== undefined && !new RegExp(schema.pattern).test("!") ? ["!"] : [];
}

function headerRows({ route }: Operation, { name }: Parameter): BadRow[] {
  const row = (value: string): BadRow =>
    invalid(route, {
      kind: "bad header",
      what: `${value.length > 40 ? `${value.length} characters` : value} as ${name}`,
      of: name,
      request: { headers: { [name]: value } },
    });
  if (name !== "if-match") return [row("x".repeat(256)), row("two words")];
  const stale: BadRow = {
    route,
    kind: "conflict",
    what: "the ETag of another edit",
    of: name,
    request: { headers: { [name]: '"99999"' } },
    status: 412,
    code: "request/precondition-failed",
    field: "/if-match",
  };
  return [row("3"), row('W/"3"'), stale];
}

function bodyRows({ route, method, body }: Operation): BadRow[] {
  if (method === "GET") return [];
  const base = (world: World): object => requestOf(route, world.own).body as object; // each is an object
  const row = (
    kind: BadRow["kind"],
    of: string,
    rest: { what: string; request: BadRow["request"]; field?: string },
  ) => invalid(route, { kind, of, ...rest });
  const common = [
    row("unknown field", "nmae", {
      what: "a field that it does not have",
      request: (world) => ({ body: { ...(body && base(world)), nmae: 1 } }),
    }),
    row("not an object", "body", { what: "a list as the body", field: "/", request: { body: [] } }),
    row("not JSON", "body", { what: "half a body", field: "/", request: { text: '{"name":' } }),
  ];
  if (body === undefined) return common;
  const required = body.required ?? [];
  const missing = required.map((name) =>
    row("missing", name, {
      what: `no ${name}`,
      request: (world) => ({ body: { ...base(world), [name]: undefined } }),
    }),
  );
  const fields = Object.entries(body.properties ?? {}).flatMap(([name, schema]) =>
    badValues(schema).map(({ kind, what, value, at = "" }) =>
      row(kind, name, {
        what: `${what} as ${name}`,
        field: `/${name}${at}`,
        request: (world) => ({ body: { ...base(world), [name]: value } }),
      }),
    ),
  );
  return [...common, ...missing, ...fields];
}

interface BadValue {
  kind: BadRow["kind"];
  what: string;
  value: unknown;
  /** Pointer to what is at fault within the value. */
  at?: string;
}

const OF_ALL_TYPES: [type: string, what: string, value: unknown][] = [
  ["number", "a number", 7.5],
  ["string", "a text", "x"],
  ["boolean", "true", true],
  ["array", "a list", []],
  ["null", "null", null],
];

/** Values that a part of a body must not be, by its schema. */
function badValues(given: Schema): BadValue[] {
  const types = typesOf(given);
  const schema = plain(given);
  if (types.length === 0 && schema.enum === undefined) return [];
  const values: BadValue[] = OF_ALL_TYPES.filter(
    ([type]) => !types.includes(type) && !(type === "string" && schema.enum !== undefined),
  )
    .slice(0, 2)
    .map(([, what, value]) => ({ kind: "wrong type", what, value }));
  if (types.includes("integer")) values.push({ kind: "wrong type", what: "half a number", value: 0.5 });
  if (schema.enum !== undefined)
    values.push({ kind: "out of range", what: "none of the choices", value: "nosuch" });
  if (schema.format === "date-time")
    values.push({ kind: "out of range", what: "a time without a zone", value: "2026-01-01T00:00:00" });
  if (schema.format === "uuid") values.push({ kind: "malformed id", what: "text that is no id", value: "1" });
  if (schema.maxLength !== undefined)
    values.push({
      kind: "too long",
      what: `${schema.maxLength + 1} characters`,
      value: "x".repeat(schema.maxLength + 1),
    });
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test("!"))
    values.push({ kind: "out of range", what: "an exclamation mark", value: "!" });
  if (schema.minLength !== undefined) values.push({ kind: "out of range", what: "nothing", value: "" });
  if (schema.maximum !== undefined && types.includes("integer"))
    values.push({ kind: "out of range", what: "too large a number", value: maximumOf(schema) + 1 });
  if (schema.minimum !== undefined)
    values.push({ kind: "out of range", what: "too small a number", value: schema.minimum - 1 });
  return [...values, ...badParts(schema)];
}

function badParts({ items, maxItems, additionalProperties }: Schema): BadValue[] {
  const parts: BadValue[] = [];
  if (items !== undefined)
    for (const { value, what, at = "", kind } of badValues(items))
      parts.push({ kind, what: `${what} in a list`, value: [value], at: `/0${at}` });
  if (maxItems !== undefined)
    parts.push({
      kind: "too long",
      what: `${maxItems + 1} items`,
      value: Array.from({ length: maxItems + 1 }, (_, index) => `item ${index}`),
    });
  if (typeof additionalProperties === "object")
    for (const { value, what, at = "", kind } of badValues(additionalProperties))
      parts.push({ kind, what: `${what} under a name`, value: { name: value }, at: `/name${at}` });
  return parts;
}

function maximumOf({ maximum }: Schema): number {
  return maximum ?? Number.MAX_SAFE_INTEGER;
}
