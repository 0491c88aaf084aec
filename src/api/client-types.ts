import type { Parameter, Schema } from "./description-schema.ts";
import type { ApiDocument } from "./openapi-document.ts";

/**
 * The description as TypeScript, in the shape that `openapi-fetch` reads: `components` by schema, `paths` by path and
 * method. Written here since `openapi-typescript` needs the compiler API of TypeScript 5 (docs/adr/0060).
 *
 * Supported is what zod's schemas become: objects, records, arrays, tuples, enums, constants, unions, references.
 * Anything else is an error, so that no type is silently too wide.
 */
export function clientTypes(document: ApiDocument): string {
  const schemas = Object.entries(document.components?.schemas ?? {})
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, schema]) => `    ${name}: ${typeOf(asSchema(schema), 2)};`);
  const paths = Object.entries(document.paths ?? {})
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, item]) => pathType(path, item as Record<string, Operation>)); // by OpenAPI 3.1
  return [
    "// Generated from the API's description by `npm run generate`; a test compares both. Do not edit.",
    "",
    `export interface components {\n  schemas: {\n${schemas.join("\n")}\n  };\n}`,
    "",
    `export interface paths {\n${paths.join("\n")}\n}`,
    "",
  ].join("\n");
}

interface Content {
  content?: Record<string, { schema: Schema }>;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: Content & { required?: boolean };
  responses: Record<string, Content>;
}

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
const LOCATIONS = ["query", "header", "path", "cookie"] as const;

/** A document's schemas have many optional members; only those above are read. */
function asSchema(schema: unknown): Schema {
  return schema as Schema;
}

function pathType(path: string, item: Record<string, Operation>): string {
  const members = METHODS.map((method) => {
    const operation = item[method];
    return operation === undefined ? `    ${method}?: never;` : `    ${method}: ${operationType(operation)};`;
  });
  return `  ${JSON.stringify(path)}: {\n${members.join("\n")}\n  };`;
}

function operationType(operation: Operation): string {
  const parameters = LOCATIONS.map((location) => parametersType(operation.parameters ?? [], location));
  const { requestBody } = operation;
  const optional = requestBody?.required === true ? "" : "?";
  const body =
    requestBody === undefined
      ? "requestBody?: never;"
      : `requestBody${optional}: ${contentType(requestBody, 3)};`;
  const responses = Object.entries(operation.responses).map(
    ([status, response]) =>
      `        ${status}: { headers: { [name: string]: unknown }; ${contentMember(response)} };`,
  );
  return [
    "{",
    `      parameters: {\n${parameters.join("\n")}\n      };`,
    `      ${body}`,
    `      responses: {\n${responses.join("\n")}\n      };`,
    "    }",
  ].join("\n");
}

function parametersType(parameters: Parameter[], location: string): string {
  const own = parameters.filter((parameter) => parameter.in === location);
  if (own.length === 0) return `        ${location}?: never;`;
  const optional = own.some((parameter) => parameter.required === true) ? "" : "?";
  const members = own.map(
    ({ name, required, schema }) =>
      `          ${member(name, required === true)}: ${optionalType(schema, required === true, 5)};`,
  );
  return `        ${location}${optional}: {\n${members.join("\n")}\n        };`;
}

function contentMember(response: Content): string {
  return response.content === undefined
    ? "content?: never;"
    : contentType(response, 4).slice(2, -2).concat(";");
}

function contentType({ content = {} }: Content, depth: number): string {
  const members = Object.entries(content).map(
    ([type, { schema }]) => `${JSON.stringify(type)}: ${typeOf(asSchema(schema), depth)}`,
  );
  return `{ content: { ${members.join("; ")} } }`;
}

function typeOf(schema: Schema, depth: number): string {
  if (schema.$ref !== undefined) return `components["schemas"]["${schema.$ref.split("/").at(-1) ?? ""}"]`;
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return union.map((each) => typeOf(each, depth)).join(" | ");
  if (schema.allOf !== undefined) return schema.allOf.map((each) => typeOf(each, depth)).join(" & ");
  if (schema.type === undefined) return "unknown";
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.map((type) => plainType(type, schema, depth)).join(" | ");
}

function plainType(type: string, schema: Schema, depth: number): string {
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return arrayType(schema, depth);
    case "object":
      return objectType(schema, depth);
    default:
      throw new Error(`A schema of type ${type} has no TypeScript here; add it to client-types.ts`);
  }
}

function arrayType({ items, prefixItems }: Schema, depth: number): string {
  if (prefixItems !== undefined) return `[${prefixItems.map((each) => typeOf(each, depth)).join(", ")}]`;
  return items === undefined ? "unknown[]" : `(${typeOf(items, depth)})[]`;
}

function objectType(schema: Schema, depth: number): string {
  const { properties = {}, required = [], additionalProperties } = schema;
  const indent = "  ".repeat(depth + 1);
  const members = Object.entries(properties).map(([name, property]) => {
    const isRequired = required.includes(name);
    const comment = property.description === undefined ? "" : `${indent}/** ${property.description} */\n`;
    return `${comment}${indent}${member(name, isRequired)}: ${optionalType(property, isRequired, depth + 1)};`;
  });
  if (additionalProperties !== undefined && additionalProperties !== false) {
    // With named members too, the index must allow for each of them.
    const value =
      additionalProperties === true || members.length > 0
        ? "unknown"
        : typeOf(additionalProperties, depth + 1);
    members.push(`${indent}[name: string]: ${value};`);
  }
  return members.length === 0 ? "Record<string, never>" : `{\n${members.join("\n")}\n${"  ".repeat(depth)}}`;
}

/** A caller may as well give undefined for what it leaves out. */
function optionalType(schema: Schema, isRequired: boolean, depth: number): string {
  const type = typeOf(schema, depth);
  return isRequired || type === "unknown" ? type : `${type} | undefined`;
}

function member(name: string, isRequired: boolean): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  return isRequired ? key : `${key}?`;
}
