import { notCapableMessage } from "#contract/egress.ts";
import { matchesNetRule, netTargetOf, parseNetRule } from "#contract/net-rule.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import type { FetchAnswer, FetchHeader } from "#sandbox/protocol.ts";

/** Answers a step's request: a mock, a recording, or the machine's own `fetch`. */
export type LocalFetch = (request: Request) => Response | Promise<Response>;

/** A request that a step made. */
export interface SeenRequest {
  step: string;
  method: string;
  url: string;
  headers: Headers;
  body: string;
  /** The answer's; undefined where there was none. */
  status: number | undefined;
}

/**
 * A step's `fetch` on the author's machine: rules of the manifest by name, as far as they can be told without resolving
 * it; the rest is `answer`'s.
 */
export async function fetchLocally(
  { id, ...header }: FetchHeader,
  body: string,
  { permissions, answer, onRequest }: LocalFetchOptions,
): Promise<{ answer: FetchAnswer; body: Uint8Array }> {
  const refused = (name: "NotCapable" | "TypeError", message: string) => ({
    answer: { op: "fetched" as const, id, ok: false as const, name, message },
    body: new Uint8Array(),
  });
  const url = new URL(header.url);
  if (!isAllowed(permissions, url)) {
    const { host, port } = netTargetOf(url);
    return refused("NotCapable", notCapableMessage(`${host}:${port}`));
  }
  const seen: SeenRequest = {
    step: "",
    method: header.method,
    url: header.url,
    headers: new Headers(header.headers),
    body,
    status: undefined,
  };
  onRequest(seen);
  try {
    const response = await answer(requestOf(header, body));
    seen.status = response.status;
    const received = new Uint8Array(await response.arrayBuffer());
    return {
      answer: answerOf(response, { id, url: header.url, bodyBytes: received.length }),
      body: received,
    };
  } catch (error) {
    const { message, cause } = Object(error) as Partial<Error>; // whatever the author's mock threw
    const why = cause instanceof Error ? cause.message : (message ?? String(error));
    return refused("TypeError", `fetch failed: ${why}`);
  }
}

export interface LocalFetchOptions {
  permissions: PermissionManifest;
  answer: LocalFetch;
  onRequest(request: SeenRequest): void;
}

function isAllowed({ net }: PermissionManifest, url: URL): boolean {
  const target = netTargetOf(url);
  const matches = (rules: readonly string[] | true) =>
    rules === true || rules.some((rule) => matchesNetRule(parseNetRule(rule), target));
  return net !== undefined && matches(net.allow) && !matches(net.deny);
}

function requestOf({ url, method, headers, redirect, bodyEncoding }: Omit<FetchHeader, "id">, body: string) {
  return new Request(url, {
    method,
    headers,
    redirect,
    ...(bodyEncoding === undefined
      ? {}
      : { body: bodyEncoding === "utf8" ? body : Buffer.from(body, "base64") }),
  });
}

function answerOf(response: Response, about: { id: number; url: string; bodyBytes: number }): FetchAnswer {
  const { status, statusText, headers, url, redirected } = response;
  return {
    op: "fetched",
    ok: true,
    ...about,
    status,
    statusText,
    url: url === "" ? about.url : url,
    redirected,
    headers: [...headers],
  };
}
