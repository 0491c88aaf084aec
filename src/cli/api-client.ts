import { problemSchema } from "#contract/api/fields.ts";
import { CliError } from "./cli-error.ts";
import type { Server } from "./find-server.ts";

export type Query = Record<string, string | number | undefined>;

/** Calls under `/api/v1`. Answers are trusted to have the shape of the release: the server checked them by type. */
export interface ApiClient {
  server: Server;
  get<Answer>(path: string, query?: Query): Promise<Answer>;
  send<Answer>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<Answer>;
  /** Reads pages until `limit` items are there, or all. */
  list<Item>(path: string, options: { query?: Query; limit: number }): Promise<Item[]>;
}

const TIMEOUT_MS = 60_000;
const PAGE = 200;

export function createApiClient(server: Server): ApiClient {
  const call = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${server.token}`,
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw unreachable(server, cause);
    });
    if (!response.ok) throw await refusal(response, `${method} ${path}`);
    // See the interface's sentence on trust.
    return (response.status === 204 ? undefined : await response.json()) as Answer;
  };
  const get = <Answer>(path: string, query: Query = {}) => call<Answer>("GET", `${path}${queryOf(query)}`);
  return {
    server,
    get,
    send: call,
    async list<Item>(path: string, { query = {}, limit }: { query?: Query; limit: number }) {
      const items: Item[] = [];
      let cursor: string | undefined;
      do {
        const page = await get<{ items: Item[]; nextCursor?: string | null }>(path, {
          ...query,
          cursor,
          limit: Math.min(PAGE, limit - items.length),
        });
        items.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && items.length < limit);
      return items;
    },
  };
}

function queryOf(query: Query): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function unreachable(server: Server, cause: unknown): CliError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new CliError(`The server at ${server.url} does not answer (${reason})`, {
    cause,
    remedy: "Start it with npm start, or name another with --server",
  });
}

const REMEDIES: Record<number, string> = {
  401: "Give another token with --token or MILLRACE_TOKEN, or run: millrace login",
  403: "Ask an owner or admin for a token with a wider role: millrace tokens:create --role <role>",
  429: "Wait a moment and try again",
  503: "Try again; if it stays so, look at GET /readyz of the server and its log",
};

async function refusal(response: Response, what: string): Promise<CliError> {
  const text = await response.text();
  const problem = problemSchema.safeParse(parseJson(text)).data;
  if (problem === undefined)
    return new CliError(`${what} answered ${response.status}, which no Millrace server does`, {
      remedy: "Check that --server names the api",
    });
  const remedy = REMEDIES[response.status];
  return new CliError(`${problem.title}: ${problem.detail}`, {
    requestId: problem.requestId ?? response.headers.get("x-request-id") ?? undefined,
    ...(remedy !== undefined && { remedy }),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // then it is no problem document, and said so
  }
}
