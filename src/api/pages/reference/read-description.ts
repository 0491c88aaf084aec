import type { Parameter, Schema } from "../../description-schema.ts";
import type { ApiDocument } from "../../openapi-document.ts";

export interface Body {
  schema: Schema;
  example: unknown;
}

export interface Answer {
  status: string;
  description: string;
  body: Body | undefined;
}

export interface NamedProblem {
  name: string;
  summary: string;
  value: unknown;
}

export interface Operation {
  /** In the page's address. */
  anchor: string;
  method: string;
  path: string;
  summary: string;
  parameters: Parameter[];
  body: Body | undefined;
  answers: Answer[];
  problems: NamedProblem[];
}

export interface Description {
  /** By the first part of the path, in the order in which they come. */
  groups: Map<string, Operation[]>;
  schemas: [name: string, schema: Schema][];
}

interface Media {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { summary: string; value: unknown }>;
}

interface RawOperation {
  tags?: string[];
  summary?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}

/** The parts of the description that the reference shows. */
export function readDescription({ paths = {}, components = {} }: ApiDocument): Description {
  const groups = new Map<string, Operation[]>();
  for (const [path, item] of Object.entries(paths))
    // Our own document, whose parts are those above.
    for (const [method, raw] of Object.entries(item as Record<string, RawOperation>)) {
      const group = raw.tags?.[0] ?? "other";
      groups.set(group, [...(groups.get(group) ?? []), readOperation(method, path, raw)]);
    }
  return { groups, schemas: Object.entries(components.schemas ?? {}) as [string, Schema][] }; // see above
}

function readOperation(method: string, path: string, raw: RawOperation): Operation {
  const { default: refusal, ...answers } = raw.responses;
  const problems = refusal?.content?.["application/problem+json"]?.examples ?? {};
  return {
    anchor: `${method}${path.replace("/api/v1", "").replaceAll(/[^a-z-]+/gi, "-")}`.replace(/-$/, ""),
    method: method.toUpperCase(),
    path,
    summary: raw.summary ?? "",
    parameters: raw.parameters ?? [],
    body: readBody(raw.requestBody?.content),
    answers: Object.entries(answers).map(([status, { description, content }]) => ({
      status,
      description,
      body: readBody(content),
    })),
    problems: Object.entries(problems).map(([name, shown]) => ({ name, ...shown })),
  };
}

function readBody(content: Record<string, Media> = {}): Body | undefined {
  const [media] = Object.values(content);
  return media === undefined ? undefined : { schema: media.schema, example: media.example };
}
