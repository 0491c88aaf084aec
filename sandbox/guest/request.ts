import { AbortSignal, createSignal } from "./abort.ts";
import {
  Body,
  copySource,
  extractBody,
  giveSource,
  hasBody,
  isUnusable,
  mixInBody,
  type ExtractedBody,
} from "./body.ts";
import { stringify } from "./bridge.ts";
import { Headers } from "./headers.ts";
import { URL } from "./url.ts";
import { asByteString, asDictionary, asUsvString, finishInterface, requireArguments } from "./web-idl.ts";

export interface RequestInit {
  method?: string;
  headers?: unknown;
  body?: unknown;
  /** A convenience beyond the standard: the value as a JSON body, with its content type. */
  json?: unknown;
  redirect?: string;
  signal?: AbortSignal | null;
  duplex?: string;
  mode?: string;
  window?: unknown;
  /** Beyond the standard: send the step's key as `Idempotency-Key`. */
  idempotencyKey?: boolean;
}

const UPPER = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Members that mean something to a browser alone: kept and told, without effect. Each with the values that it
 * may have, the first by default; an empty list allows any text.
 */
const KEPT: Record<string, readonly string[]> = {
  mode: ["cors", "navigate", "no-cors", "same-origin"],
  credentials: ["same-origin", "include", "omit"],
  cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
  redirect: ["follow", "error", "manual"],
  referrerPolicy: [
    "",
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
  ],
  priority: ["auto", "high", "low"],
  integrity: [],
  referrer: [],
};
type Kept = Record<string, string>;

/** Marks a body that is a source already, for a clone. */
const RAW = Symbol("raw");

export class Request extends Body {
  readonly #url: string;
  readonly #method: string;
  readonly #headers: Headers;
  readonly #signal: AbortSignal;
  readonly #kept: Kept;
  readonly #keepalive: boolean;

  constructor(input: unknown, init: RequestInit = {}) {
    requireArguments(arguments.length, 1);
    const given: RequestInit = asDictionary(init);
    const base = input instanceof Request ? input : undefined;
    const url = base?.url ?? urlOf(input);
    if (given.window !== undefined && given.window !== null) throw new TypeError("There are no windows");
    const kept = keptOf(given as Record<string, unknown>, base === undefined ? {} : base.#kept);
    if (kept["mode"] === "navigate" && given.mode !== undefined)
      throw new TypeError('A request cannot be made with mode "navigate"');
    if (kept["cache"] === "only-if-cached" && kept["mode"] !== "same-origin")
      throw new TypeError('"only-if-cached" needs mode "same-origin"');
    const method = checkMethod(given.method ?? base?.method ?? (given.json === undefined ? "GET" : "POST"));
    if (given.duplex !== undefined && given.duplex !== "half")
      throw new TypeError('The only duplex that there is is "half"');
    const signal = joinedSignal(given.signal === undefined ? base?.signal : given.signal);
    const headers = new Headers(given.headers ?? base?.headers);
    const body = bodyOf({ base, init: given, method });
    super(body.source);
    this.#url = url;
    this.#method = method;
    this.#signal = signal;
    this.#headers = headers;
    this.#kept = kept;
    this.#keepalive = Boolean((given as Record<string, unknown>)["keepalive"]);
    if (body.contentType !== undefined && !headers.has("content-type"))
      headers.set("content-type", body.contentType);
  }

  get method(): string {
    return this.#method;
  }

  get url(): string {
    return this.#url;
  }

  get headers(): Headers {
    return this.#headers;
  }

  get destination(): string {
    return "";
  }

  get referrer(): string {
    const { referrer } = this.#kept;
    return referrer === undefined ? "about:client" : referrer;
  }

  get isReloadNavigation(): boolean {
    return false;
  }

  get isHistoryNavigation(): boolean {
    return false;
  }

  get keepalive(): boolean {
    return this.#keepalive;
  }

  get duplex(): string {
    return "half";
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  clone(): Request {
    const source = copySource(this);
    const copy = new Request(this.#url, {
      method: this.#method,
      headers: this.#headers,
      signal: this.#signal,
      ...this.#kept,
      mode: this.#kept["mode"] === "navigate" ? "cors" : (this.#kept["mode"] ?? "cors"),
      ...(source === undefined ? {} : { body: source, [RAW]: true }),
    });
    return copy;
  }

  static {
    for (const name of ["referrerPolicy", "mode", "credentials", "cache", "redirect", "integrity"])
      Object.defineProperty(Request.prototype, name, {
        configurable: true,
        enumerable: true,
        get(this: Request) {
          return this.#kept[name] ?? KEPT[name]?.[0] ?? "";
        },
      });
    mixInBody(Request);
    finishInterface(Request, "Request");
  }
}

function urlOf(input: unknown): string {
  const url = new URL(asUsvString(input));
  const { username, password } = url as unknown as { username: string; password: string }; // defined by name
  if (username !== "" || password !== "")
    throw new TypeError("A request's URL holds no user and password: send an Authorization header");
  return url.toString();
}

function keptOf(given: Record<string, unknown>, base: Kept): Kept {
  const kept: Kept = { ...base };
  for (const [name, allowed] of Object.entries(KEPT)) {
    const value = given[name];
    if (value === undefined) continue;
    const text = `${value as string}`; // a symbol throws, as it must
    if (allowed.length > 0 && !allowed.includes(text))
      throw new TypeError(`"${text.slice(0, 50)}" is not a value of ${name}`);
    kept[name] = name === "referrer" ? referrerOf(text) : text;
  }
  return kept;
}

function referrerOf(text: string): string {
  if (text === "") return "";
  const url = new URL(text, "https://referrer.invalid").toString();
  return url.startsWith("https://referrer.invalid") || url === "about:client" ? "about:client" : url;
}

function joinedSignal(signal: unknown): AbortSignal {
  if (signal === undefined || signal === null) return createSignal();
  if (!(signal instanceof AbortSignal)) throw new TypeError("The signal is not an AbortSignal");
  return AbortSignal.any([signal]);
}

function bodyOf({
  base,
  init,
  method,
}: {
  base: Request | undefined;
  init: RequestInit;
  method: string;
}): ExtractedBody {
  const isBodiless = method === "GET" || method === "HEAD";
  const hasOwn = init.json !== undefined || (init.body !== undefined && init.body !== null);
  if (isBodiless && (hasOwn || (base !== undefined && init.body === undefined && hasBody(base))))
    throw new TypeError("Request with GET/HEAD method cannot have body.");
  if (init.json !== undefined)
    return { source: { text: stringify(init.json) ?? "null" }, contentType: "application/json" };
  if (RAW in init) return { source: init.body as NonNullable<ExtractedBody["source"]> }; // put there by `clone`
  if (hasOwn) {
    const extracted = extractBody(init.body);
    if (extracted.source !== undefined && "stream" in extracted.source && init.duplex !== "half")
      throw new TypeError('A stream as a body needs duplex: "half"');
    return extracted;
  }
  if (base === undefined || init.body === null) return { source: undefined };
  if (isUnusable(base)) throw new TypeError("Body is unusable: Body has already been read");
  // The other request has given its body away.
  return { source: giveSource(base) };
}

function checkMethod(method: unknown): string {
  const text = asByteString(method);
  const upper = text.toUpperCase();
  if (!METHOD.test(text) || FORBIDDEN.has(upper))
    throw new TypeError(`"${text.slice(0, 50)}" is not a method that can be requested`);
  return UPPER.has(upper) ? upper : text;
}
