import type { z } from "zod";
import { problemSchema } from "#contract/api/fields.ts";
import { EngineError, isErrorCode } from "#contract/errors.ts";

/** Calls the REST API as any script would: the demo is made by what everybody has. */
export interface ApiClient {
  /** Throws an `EngineError` with the code and words of the API's problem document. */
  call<Answer extends z.ZodType>(request: ApiRequest<Answer>): Promise<z.output<Answer>>;
}

export interface ApiRequest<Answer extends z.ZodType> {
  method: "GET" | "POST" | "PUT" | "PATCH";
  /** Under `/api/v1`. */
  path: string;
  body?: object;
  answer: Answer;
}

export interface ApiClientOptions {
  apiUrl: string;
  token: string;
  signal: AbortSignal;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export function createApiClient({
  apiUrl,
  token,
  signal,
  fetch = globalThis.fetch,
}: ApiClientOptions): ApiClient {
  return {
    async call({ method, path, body, answer }) {
      const response = await fetch(`${apiUrl}/api/v1${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw failureOf(`${method} ${path}`, response.status, text);
      return answer.parse(text === "" ? undefined : JSON.parse(text));
    },
  };
}

function failureOf(call: string, status: number, text: string): EngineError {
  const problem = problemSchema.safeParse(parseJson(text)).data;
  const code = isErrorCode(problem?.code) ? problem.code : "engine/start";
  return new EngineError(code, `${call} was answered ${status}: ${problem?.detail ?? text.slice(0, 200)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the text itself is quoted then
  }
}
