import { html } from "hono/html";
import type { Parameter, Schema } from "../../description-schema.ts";

type Markup = ReturnType<typeof html>;

export function schemaAnchor(name: string): string {
  return `schema-${name.toLowerCase()}`;
}

interface Field {
  name: string;
  required: boolean;
  schema: Schema;
  note?: string | undefined;
}

/** A table of what an object has; what is nested stands below its own name. */
export function renderFields(schema: Schema): Markup {
  if (schema.$ref !== undefined || schema.properties === undefined)
    return html`<p class="type">${renderType(schema)}</p>`;
  return renderTable(fieldsOf(schema, ""));
}

export function renderParameters(parameters: readonly Parameter[]): Markup {
  return renderTable(
    parameters.map(({ name, in: place, required = false, schema, description }) => ({
      name,
      required,
      schema,
      note: [place, description ?? schema.description].filter((part) => part !== undefined).join(": "),
    })),
  );
}

function fieldsOf({ properties = {}, required = [] }: Schema, prefix: string): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const field = { name: `${prefix}${name}`, required: required.includes(name), schema };
    const [nested, mark] = nestedOf(schema);
    return nested === undefined ? [field] : [field, ...fieldsOf(nested, `${prefix}${name}${mark}.`)];
  });
}

/** The object within, and how its fields' names are told from those around it. */
function nestedOf(schema: Schema): [nested: Schema | undefined, mark: string] {
  const plain = schema.anyOf?.find(({ type }) => type !== "null") ?? schema;
  if (plain.properties !== undefined) return [plain, ""];
  return plain.items?.properties === undefined ? [undefined, ""] : [plain.items, "[]"];
}

function renderTable(fields: readonly Field[]): Markup {
  return html`<table>
    <tbody>
      ${fields.map(
        ({ name, required, schema, note = schema.description }) =>
          html`<tr>
            <th scope="row">
              <code>${name}</code>${required ? html` <span class="required">required</span>` : ""}
            </th>
            <td>
              <span class="type">${renderType(schema)}</span>
              ${note === undefined || note === "" ? "" : html`<span class="note">${note}</span>`}
              ${renderBounds(schema)}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function renderBounds(schema: Schema): Markup | "" {
  const { minimum, maximum, minLength, maxLength, maxItems, default: preset } = schema;
  const bounds = [
    minimum !== undefined && `at least ${minimum}`,
    // The largest whole number of JSON and that of Postgres bound nothing that a reader thinks of.
    maximum !== undefined && maximum < 2_147_483_647 && `at most ${maximum}`,
    minLength === 1 && "not empty",
    minLength !== undefined && minLength > 1 && `at least ${minLength} characters`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    maxItems !== undefined && `at most ${maxItems} items`,
    preset !== undefined && `${JSON.stringify(preset)} where it is left out`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? "" : html`<span class="bounds">${bounds.join(", ")}</span>`;
}

const FORMATS: Record<string, string> = { uuid: "id", "date-time": "time" };
const TYPES: Record<string, string> = {
  string: "text",
  integer: "whole number",
  boolean: "true or false",
};

function renderType(schema: Schema): Markup {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return html`<a href="#${schemaAnchor(name)}">${name}</a>`;
  }
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices !== undefined)
    return joined(choices.map(renderType), schema.allOf === undefined ? "or" : "and");
  if (schema.enum !== undefined)
    return html`${schema.enum.map((value) => JSON.stringify(value)).join(" | ")}`;
  if ("const" in schema) return html`${JSON.stringify(schema.const)}`;
  const types = schema.type === undefined ? ["any JSON"] : [schema.type].flat();
  return joined(
    types.map((type) => renderPlainType(type, schema)),
    "or",
  );
}

function renderPlainType(type: string, schema: Schema): Markup {
  if (type === "array") {
    if (schema.prefixItems !== undefined)
      return html`list of ${joined(schema.prefixItems.map(renderType), "and")}`;
    return html`list of ${renderType(schema.items ?? {})}`;
  }
  if (type === "object" && typeof schema.additionalProperties === "object")
    return html`object of ${renderType(schema.additionalProperties)} by name`;
  return html`${FORMATS[schema.format ?? ""] ?? TYPES[type] ?? type}`;
}

function joined(parts: readonly Markup[], word: string): Markup {
  return html`${parts.map((part, index) => (index === 0 ? part : html` ${word} ${part}`))}`;
}
