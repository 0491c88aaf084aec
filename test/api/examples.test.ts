import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { describeApi } from "#api/describe-api.ts";
import type { Schema } from "#api/description-schema.ts";

/** Each body that the description shows has a whole example, which is one of its own schema. */
interface Shown {
  where: string;
  schema: Schema;
  examples: unknown[];
}
interface Media {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

// The parts of OpenAPI 3.1 that are looked at.
const document = describeApi() as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "api", components: document.components });

const bodies: Shown[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, { requestBody, responses }]) => {
    const route = `${method.toUpperCase()} ${path}`;
    return [
      ...shownIn(`the body of ${route}`, requestBody?.content),
      ...Object.entries(responses).flatMap(([status, { content }]) =>
        shownIn(`the answer ${status} of ${route}`, content),
      ),
    ];
  }),
);

function shownIn(where: string, content: Record<string, Media> = {}): Shown[] {
  return Object.values(content).map(({ schema, example, examples }) => ({
    where,
    schema,
    examples: example === undefined ? Object.values(examples ?? {}).map(({ value }) => value) : [example],
  }));
}

test.each(bodies)("$where has an example; a new one goes to src/api/examples", ({ schema, examples }) => {
  expect(examples).not.toEqual([]);
  const validate = ajv.compile(rebased(schema) as object);
  for (const example of examples) {
    validate(example);
    expect(validate.errors ?? []).toEqual([]);
  }
});

const whole = bodies.filter(({ where }) => !where.includes(" default "));
test.each(whole)("$where is shown whole", ({ schema, examples }) => {
  const { properties = {} } = resolved(schema);
  for (const example of examples) {
    if (typeof example !== "object" || example === null) continue;
    expect(Object.keys(example)).toEqual(expect.arrayContaining(Object.keys(properties)));
    const { items } = example as { items?: object[] }; // of a list, else undefined
    const element = resolved(properties["items"]?.items ?? {});
    for (const item of items ?? [])
      expect(Object.keys(item)).toEqual(expect.arrayContaining(Object.keys(element.properties ?? {})));
  }
});

function resolved(schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (document.components.schemas[name] ?? {});
}

/** References within the document, as references into the schema that holds all components. */
function rebased(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(rebased);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === "$ref" ? [key, `api${String(value)}`] : [key, rebased(value)],
    ),
  );
}
