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
/** Of other protocols, which a request could be made to speak: the Fetch standard's "bad ports". */
const BAD_PORTS = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);
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
  const { host, port } = netTargetOf(url);
  if (BAD_PORTS.has(port)) throw failure(`port ${port} belongs to another protocol than HTTP`);
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
