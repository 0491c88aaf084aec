import type { PolicedRoute } from "#contract/policy.ts";
import type { BadKind } from "./bad-row.ts";
import type { Parameter, Schema } from "#api/description-schema.ts";
import { type Operation, plain } from "./description.ts";

/** Calls that nothing stored can stand against, and why. All others that change something need a row of a conflict. */
export const CANNOT_CONFLICT: Partial<Record<PolicedRoute, string>> = {
  "POST /api/v1/integrations/publish": "what was published before is answered with its version",
  "POST /api/v1/integrations/{id}/versions/{number}/withdraw": "what is withdrawn stays so",
  "POST /api/v1/integrations/{id}/versions/{number}/restore": "what is not withdrawn stays so",
  "PUT /api/v1/flows/{id}/signing-secret": "the last one holds",
  "DELETE /api/v1/flows/{id}/api-keys/{keyId}": "what is revoked is no longer there: 404",
  "POST /api/v1/jobs/{id}/cancel": "what has ended stays as it was",
  "POST /api/v1/tokens": "names need not be unique",
  "DELETE /api/v1/tokens/{id}": "what is revoked is no longer there: 404",
};

/** Fields that take any JSON. */
const ANY_JSON = new Set(["PUT /api/v1/instances/{id}/state value"]);

/** Each kind that can apply to an operation: `<kind>` or `<kind> <field>`. Rows are found for each of them, or the test fails. */
export function neededRows({ route, method, parameters, body }: Operation): string[] {
  const needs: [BadKind, string?][] = [["unknown parameter"]];
  for (const parameter of parameters) needs.push(...needsOfParameter(parameter));
  if (method !== "GET") {
    needs.push(["unknown field"], ["not an object"], ["not JSON"]);
    if (CANNOT_CONFLICT[route] === undefined) needs.push(["conflict"]);
  }
  for (const name of body?.required ?? []) needs.push(["missing", name]);
  for (const [name, schema] of Object.entries(body?.properties ?? {}))
    if (!ANY_JSON.has(`${route} ${name}`)) needs.push(...needsOfField(name, plain(schema)));
  return needs.map(([kind, of]) => (of === undefined ? kind : `${kind} ${of}`));
}

function needsOfParameter({ in: place, name, schema, required }: Parameter): [BadKind, string][] {
  if (place === "header") return [["bad header", name]];
  if (place === "path") {
    const needs: [BadKind, string][] = [
      ["malformed id", name],
      ["unknown id", name],
    ];
    return schema.format === "uuid" ? [...needs, ["foreign id", name]] : needs;
  }
  const needs: [BadKind, string][] = required === true ? [["missing", name]] : [];
  if (name === "cursor") return [...needs, ["bad cursor", name]];
  if (name === "limit") return [...needs, ["bad limit", name]];
  const isFreeText =
    schema.type === "string" && schema.enum === undefined && schema.format === undefined && !schema.pattern;
  return [...needs, [isFreeText ? "too long" : "bad parameter", name]];
}

function needsOfField(name: string, schema: Schema): [BadKind, string][] {
  const needs: [BadKind, string][] = [["wrong type", name]];
  if (schema.format === "uuid")
    return [...needs, ["malformed id", name], ["unknown id", name], ["foreign id", name]];
  const isBounded = schema.pattern !== undefined && schema.maxLength === undefined;
  if (schema.format === "date-time" || isBounded) return [...needs, ["out of range", name]];
  const isFreeText = schema.type === "string" && schema.enum === undefined;
  return isFreeText ? [...needs, ["too long", name]] : needs;
}
