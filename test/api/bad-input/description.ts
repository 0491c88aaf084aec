import { describeApi } from "#api/describe-api.ts";
import type { Parameter, Schema } from "#api/description-schema.ts";
import { type PolicedRoute, POLICY } from "#contract/policy.ts";

export interface Operation {
  route: PolicedRoute;
  method: string;
  parameters: Parameter[];
  /** Of the body's object; undefined where there is no body. */
  body: Schema | undefined;
}

/** Every operation of the API's own description. */
export const OPERATIONS: readonly Operation[] = Object.entries(describeApi().paths ?? {}).flatMap(
  ([path, item]) =>
    Object.entries(item as Record<string, RawOperation>).map(([method, raw]) => ({
      // A test compares the policy's keys with the description's.
      route: `${method.toUpperCase()} ${path}` as PolicedRoute,
      method: method.toUpperCase(),
      parameters: raw.parameters ?? [],
      body: raw.requestBody?.content["application/json"]?.schema,
    })),
);

/** The parts of OpenAPI 3.1 that are looked at. */
interface RawOperation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

export const ROUTES = Object.keys(POLICY) as PolicedRoute[];

export function typesOf(schema: Schema): string[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(typesOf);
  if (schema.type === undefined) return [];
  return Array.isArray(schema.type) ? schema.type : [schema.type];
}

/** The schema behind `null` of a nullable one. */
export function plain(schema: Schema): Schema {
  return schema.anyOf?.find((each) => each.type !== "null") ?? schema;
}
