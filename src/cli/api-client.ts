import createClient, { type Client } from "openapi-fetch";
import { problemSchema } from "#contract/api/fields.ts";
import type { paths } from "./api-schema.ts";
import { CliError } from "./cli-error.ts";
import type { Server } from "./find-server.ts";

/** Paths whose GET answers pages. */
export type ListPath = {
  [Path in keyof paths]: paths[Path] extends {
    get: { responses: { 200: { content: { "application/json": PageAnswer } } } };
  }
    ? Path
    : never;
}[keyof paths];
interface PageAnswer {
  items: unknown[];
  nextCursor: string | null;
}
type Get<Path extends ListPath> = paths[Path]["get"];
export type ItemOf<Path extends ListPath> =
  Get<Path>["responses"][200]["content"]["application/json"]["items"][number];
type QueryOf<Path extends ListPath> = Omit<NonNullable<Get<Path>["parameters"]["query"]>, "cursor" | "limit">;

export interface ListOptions<Path extends ListPath> {
  /** What the path's braces stand for. */
  path?: Get<Path>["parameters"]["path"];
  query?: QueryOf<Path>;
  limit: number;
}

/**
 * Calls the API, typed by its own description: a call that the description does not know does not compile. Whatever
 * is not an answer of the description is thrown as a `CliError` with its remedy.
 */
export interface ApiClient {
  server: Server;
  http: Client<paths>;
  /** Reads pages until `limit` items are there, or all. */
  list<Path extends ListPath>(path: Path, options: ListOptions<Path>): Promise<ItemOf<Path>[]>;
}

const TIMEOUT_MS = 60_000;
const PAGE = 200;

export function createApiClient(server: Server): ApiClient {
  const http = createClient<paths>({
    baseUrl: server.url,
    headers: { authorization: `Bearer ${server.token}`, accept: "application/json" },
    redirect: "error",
  });
  http.use({
    onRequest: ({ request }) => new Request(request, { signal: AbortSignal.timeout(TIMEOUT_MS) }),
    async onResponse({ request, response, schemaPath }) {
      if (!response.ok) throw await refusal(response, `${request.method} ${schemaPath}`);
    },
    onError({ error }) {
      throw unreachable(server, error);
    },
  });
  return {
    server,
    http,
    async list<Path extends ListPath>(path: Path, { path: parts, query, limit }: ListOptions<Path>) {
      // `ListPath` says that it answers pages; TypeScript cannot follow that through the client's own types.
      const get = http.GET as (path: string, options: object) => Promise<{ data?: PageAnswer }>;
      const items: ItemOf<Path>[] = [];
      let cursor: string | undefined;
      do {
        const page = await answer(
          get(path, {
            params: {
              path: parts,
              query: { ...query, cursor, limit: Math.min(PAGE, limit - items.length) },
            },
          }),
        );
        items.push(...(page.items as ItemOf<Path>[])); // see above
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && items.length < limit);
      return items;
    },
  };
}

/** What a call was answered with; one without a body is awaited alone. */
export async function answer<Data>(
  call: Promise<{ data?: Data; response?: Response }>,
): Promise<NonNullable<Data>> {
  const { data } = await call;
  if (data === undefined || data === null)
    throw new CliError("The server answered without a body, which no Millrace server does", {
      remedy: "Check that --server names the api",
    });
  return data;
}

function unreachable(server: Server, cause: unknown): CliError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new CliError(`The server at ${server.url} does not answer (${reason})`, {
    cause,
    remedy: "Start it with npm start, or name another with --server",
  });
}

/** By code, where the command line has a command for what the API's sentence says. */
const CODE_REMEDIES: Record<string, string> = {
  "request/instance-incomplete": "Set it: millrace instances:configure <instance> --set <name>=<value>",
  "request/approval-required": "Approve it: millrace instances:approve <instance>",
};

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
  const remedy = CODE_REMEDIES[problem.code] ?? REMEDIES[response.status];
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
