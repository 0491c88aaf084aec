import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Parameter, Schema } from "#api/description-schema.ts";
import { generateValue } from "./generate-value.ts";
import { createRandom, type Random } from "./random.ts";

/**
 * Asks an api generated questions, half of them with something wrong, and holds every answer against its description:
 * no status of 500 and above but a told 503, a documented status, the documented type, a body of the documented shape.
 */
export interface FuzzOptions {
  url: string;
  token: string;
  /** Of the token: it is not revoked on the way. */
  tokenId: string;
  count: number;
  seed: number;
}

export interface FuzzReport {
  asked: number;
  byStatus: Record<string, number>;
  problems: string[];
}

interface Content {
  content?: Record<string, { schema: Schema }>;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}
interface Question {
  method: string;
  path: string;
  route: string;
  headers: Record<string, string>;
  body: string | undefined;
}

const AT_ONCE = 4;
const IDS_KEPT = 60;
const TIMEOUT_MS = 60_000;

export async function fuzzApi(options: FuzzOptions): Promise<FuzzReport> {
  const document = await fetchDocument(options.url);
  const random = createRandom(options.seed);
  const ids = new Map<string, string[]>();
  const check = createCheck(document);
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const report: FuzzReport = { asked: 0, byStatus: {}, problems: [] };
  const worker = async (): Promise<void> => {
    while (report.asked < options.count) {
      report.asked += 1;
      const chosen = random.pick(operations);
      // Lists first, so that there are ids to ask about.
      const question = createQuestion(chosen, random, ids);
      if (question.path.includes(options.tokenId)) continue;
      const answer = await ask(options, question);
      report.byStatus[answer.status] = (report.byStatus[answer.status] ?? 0) + 1;
      const problem = check(chosen.operation, answer);
      if (problem !== undefined && report.problems.length < 50)
        report.problems.push(`${describe(question)} → ${answer.status}: ${problem}`);
      collectIds(chosen.path, answer.body, ids);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return report;
}

async function fetchDocument(url: string): Promise<Document> {
  const response = await fetch(`${url}/api/openapi.json`);
  return (await response.json()) as Document; // the parts of OpenAPI 3.1 that are looked at
}

function createQuestion(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  random: Random,
  ids: ReadonlyMap<string, readonly string[]>,
): Question {
  const wild = random.chance(0.5);
  let filled = path;
  const query = new URLSearchParams();
  const idsFor = (name: string) => ids.get(kindOf(name, path)) ?? [];
  const headers: Record<string, string> = {};
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in !== "path" && parameter.required !== true && random.chance(0.6)) continue;
    const value = asText(generateValue(parameter.schema, random, { wild, idsFor, name: parameter.name }));
    if (parameter.in === "path")
      filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(toWellFormed(value)));
    else if (parameter.in === "query") query.append(parameter.name, value);
    else headers[parameter.name] = value.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 500);
  }
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  const value = schema === undefined ? undefined : generateValue(schema, random, { wild, idsFor, name: "" });
  const body = value === undefined ? undefined : damage(JSON.stringify(value), wild && random.chance(0.05));
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  return { method, route: path, path: `${filled}${search}`, headers, body };
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Half a surrogate pair has no percent encoding. */
function toWellFormed(text: string): string {
  return text === "" || text === "." || text === ".." ? "x" : text.toWellFormed();
}

function damage(json: string, isDamaged: boolean): string {
  return isDamaged ? json.slice(0, -1) : json;
}

interface Answer {
  status: number;
  type: string | undefined;
  body: unknown;
}

async function ask({ url, token }: FuzzOptions, question: Question): Promise<Answer> {
  const stopping = new AbortController();
  const response = await fetch(`${url}${question.path}`, {
    method: question.method,
    headers: {
      ...question.headers,
      authorization: `Bearer ${token}`,
      ...(question.body !== undefined && { "content-type": "application/json" }),
    },
    ...(question.body !== undefined && { body: question.body }),
    signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const type = response.headers.get("content-type")?.split(";")[0];
  if (type === "text/event-stream") {
    stopping.abort(); // it has no end
    return { status: response.status, type, body: "" };
  }
  const text = await response.text();
  const isJson = type?.endsWith("json") === true;
  return { status: response.status, type, body: isJson ? JSON.parse(text) : text };
}

type Check = (operation: Operation, answer: Answer) => string | undefined;

function createCheck(document: Document): Check {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "api", components: document.components });
  const known = new Map<Schema, ValidateFunction>();
  const validatorOf = (schema: Schema): ValidateFunction => {
    const validate = known.get(schema) ?? ajv.compile(rebase(schema) as object);
    known.set(schema, validate);
    return validate;
  };
  return ({ responses }, { status, type, body }) => {
    if (status >= 500 && status !== 503) return `a fault of ours: ${JSON.stringify(body)}`;
    const response = responses[status] ?? (status >= 400 ? responses["default"] : undefined);
    if (response === undefined) return "a status that the description does not have";
    if (response.content === undefined) return body === "" ? undefined : "a body where none is described";
    const content = type === undefined ? undefined : response.content[type];
    if (content === undefined) return `of type ${type}, which the description does not have`;
    const validate = validatorOf(content.schema);
    return validate(body) ? undefined : `not of the described shape: ${ajv.errorsText(validate.errors)}`;
  };
}

/** References within the document, as references into the schema that holds all components. */
function rebase(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(rebase);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === "$ref" ? [key, `api${String(value)}`] : [key, rebase(value)],
    ),
  );
}

/** Which list has the ids that a field may hold: `customerId`, `?customer=`, or the `{id}` of a path. */
function kindOf(name: string, path: string): string {
  if (name === "cursor") return path.split("/").at(-1) ?? "";
  if (name === "keyId") return "api-keys";
  return name === "id" ? (path.split("/")[3] ?? "") : `${name.replace(/Id$/, "")}s`;
}

/** What a list or a call that made something has told. */
function collectIds(path: string, body: unknown, ids: Map<string, string[]>): void {
  const kind = path.split("/").findLast((part) => part !== "" && !part.startsWith("{")) ?? "";
  for (const item of itemsOf(body)) {
    if (typeof item !== "object" || item === null) continue;
    if ("id" in item && typeof item.id === "string") keep(ids, kind, item.id);
    if ("executionId" in item && typeof item.executionId === "string")
      keep(ids, "executions", item.executionId);
  }
}

function itemsOf(body: unknown): unknown[] {
  if (typeof body !== "object" || body === null) return [];
  return "items" in body && Array.isArray(body.items) ? body.items : [body];
}

function keep(ids: Map<string, string[]>, kind: string, id: string): void {
  const known = ids.get(kind) ?? [];
  if (!known.includes(id)) known.push(id);
  ids.set(kind, known.slice(-IDS_KEPT));
}

function describe({ method, path, headers, body }: Question): string {
  const sent = body === undefined ? "" : ` ${body.slice(0, 300)}`;
  const told = Object.keys(headers).length === 0 ? "" : ` ${JSON.stringify(headers)}`;
  return `${method} ${path.slice(0, 300)}${told}${sent}`;
}
