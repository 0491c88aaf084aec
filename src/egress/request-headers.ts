import { LIMITS } from "#contract/limits.ts";
import { failure } from "./failure.ts";

export type HeaderList = [name: string, value: string][];

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Latin-1 without control characters but the tab: what HTTP/1.1 can carry in a line. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Framing and hop-by-hop headers: whoever sets them could smuggle a second request through a shared connection. */
const REFUSED = new Set([
  "host",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "cookie2",
  "http2-settings",
]);

const METHOD_CHARACTERS = 40;

const DEFAULTS: HeaderList = [
  ["accept", "*/*"],
  ["accept-encoding", "gzip, deflate, br"],
  ["user-agent", "millrace"],
];

/** Throws for a method that opens a tunnel or echoes headers, as browsers do. */
export function assertMethod(method: string): void {
  if (method.length > METHOD_CHARACTERS) throw failure("the method has too many characters");
  if (!TOKEN.test(method) || ["CONNECT", "TRACE", "TRACK"].includes(method.toUpperCase())) {
    throw failure(`the method ${JSON.stringify(method)} cannot be sent`);
  }
}

/** What is sent for an author's headers. Throws for one that may not be set; `Content-Length` is the engine's. */
export function requestHeaders(headers: HeaderList): HeaderList {
  let bytes = 0;
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (!TOKEN.test(name)) throw failure(`${JSON.stringify(name)} is not the name of a header`);
    if (!VALUE.test(value)) {
      throw failure(`the value of header "${name}" has characters that a header cannot carry`);
    }
    if (REFUSED.has(key) || key.startsWith("proxy-")) throw failure(`header "${name}" cannot be set`);
    bytes += name.length + value.length;
  }
  if (bytes > LIMITS.headerBytes) {
    throw failure(`the headers have ${bytes} bytes, at most ${LIMITS.headerBytes} are sent`);
  }
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  return [
    ...headers.filter(([name]) => name.toLowerCase() !== "content-length"),
    ...DEFAULTS.filter(([name]) => !given.has(name)),
  ];
}

/** Headers without those names, given in lower case. */
export function without(headers: HeaderList, names: readonly string[]): HeaderList {
  return headers.filter(([name]) => !names.includes(name.toLowerCase()));
}
