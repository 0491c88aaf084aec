import { LIMITS } from "#contract/limits.ts";
import { netTargetOf } from "#contract/net-rule.ts";
import { failure } from "./failure.ts";
import { type HeaderList, without } from "./request-headers.ts";

/** One request of a chain of redirects. */
export interface Hop {
  url: URL;
  method: string;
  headers: HeaderList;
  body: Uint8Array | undefined;
}

const BODY_HEADERS = ["content-encoding", "content-language", "content-location", "content-type"];
const ORIGIN_SECRETS = ["authorization", "cookie", "proxy-authorization"];
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** DNS carries no longer ones; the host goes into records and messages. */
const HOST_CHARACTERS = 253;
const SHOWN_CHARACTERS = 200;

/** What a redirect asks for, or undefined where the response is none. As in the Fetch standard, "HTTP-redirect fetch". */
export function nextHop(hop: Hop, response: { status: number; headers: HeaderList }): Hop | undefined {
  const { status, headers } = response;
  const location = headers.find(([name]) => name.toLowerCase() === "location")?.[1];
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const url = parseUrl(location, hop.url);
  const becomesGet =
    (status === 303 && hop.method !== "GET" && hop.method !== "HEAD") ||
    ((status === 301 || status === 302) && hop.method === "POST");
  const dropped = [
    ...(becomesGet ? BODY_HEADERS : []),
    ...(url.origin === hop.url.origin ? [] : ORIGIN_SECRETS),
  ];
  return {
    url,
    method: becomesGet ? "GET" : hop.method,
    headers: without(hop.headers, dropped),
    body: becomesGet ? undefined : hop.body,
  };
}

/** Throws for what egress does not fetch: the message is the author's to read. */
export function parseUrl(text: string, base?: URL): URL {
  if (text.length > LIMITS.fetchUrlCharacters) {
    throw failure(`the URL has ${text.length} characters, at most ${LIMITS.fetchUrlCharacters} are sent`);
  }
  const url = URL.parse(text, base);
  if (url === null) throw failure(`${JSON.stringify(text.slice(0, SHOWN_CHARACTERS))} is not a URL`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw failure(`"${url.protocol}" URLs cannot be fetched, only http: and https:`);
  }
  if (url.username !== "" || url.password !== "") {
    throw failure("a URL with a user name or password cannot be fetched; send an Authorization header");
  }
  const { host } = netTargetOf(url);
  if (host.length > HOST_CHARACTERS)
    throw failure(`the host name has ${host.length} characters, DNS has at most 253`);
  // `http://../` and names that end in two dots: what a resolver makes of them is anybody's guess.
  if (host.split(".").includes("")) throw failure(`"${host}" is not a host name`);
  return url;
}

export function withoutFragment(url: URL): string {
  const copy = new URL(url);
  copy.hash = "";
  return copy.href;
}
