import { stringify } from "./bridge.ts";
import { Body, extractBody, type ExtractedBody } from "./body.ts";
import { AbortSignal } from "./events.ts";
import { Headers } from "./headers.ts";
import { URL } from "./url.ts";

export interface RequestInit {
  method?: string;
  headers?: unknown;
  body?: unknown;
  /** A convenience beyond the standard: the value as a JSON body, with its content type. */
  json?: unknown;
  redirect?: "follow" | "manual" | "error";
  signal?: AbortSignal | null;
  /** Beyond the standard: send the step's key as `Idempotency-Key`. */
  idempotencyKey?: boolean;
}

const UPPER = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH"]);
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

export class Request extends Body {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly redirect: "follow" | "manual" | "error";
  readonly signal: AbortSignal;

  constructor(input: unknown, init: RequestInit = {}) {
    const base = input instanceof Request ? input : undefined;
    const body = bodyOf(base, init);
    super(body.source);
    this.url = base?.url ?? new URL(input).toString();
    this.method = checkMethod(init.method ?? base?.method ?? (init.json === undefined ? "GET" : "POST"));
    if (body.source !== undefined && (this.method === "GET" || this.method === "HEAD"))
      throw new TypeError("Request with GET/HEAD method cannot have body.");
    this.headers = new Headers(init.headers ?? base?.headers);
    if (body.contentType !== undefined && !this.headers.has("content-type"))
      this.headers.set("content-type", body.contentType);
    this.redirect = init.redirect ?? base?.redirect ?? "follow";
    this.signal = init.signal ?? base?.signal ?? AbortSignal.make();
  }

  clone(): Request {
    Body.peek(this);
    return new Request(this);
  }
}

function bodyOf(base: Request | undefined, init: RequestInit): ExtractedBody {
  if (init.json !== undefined)
    return { source: { text: stringify(init.json) ?? "null" }, contentType: "application/json" };
  if (init.body !== undefined) return extractBody(init.body);
  return { source: base === undefined ? undefined : Body.peek(base) };
}

function checkMethod(method: string): string {
  const text = String(method);
  const upper = text.toUpperCase();
  if (!METHOD.test(text) || FORBIDDEN.has(upper))
    throw new TypeError(`"${text.slice(0, 50)}" is not a method that can be requested`);
  return UPPER.has(upper) ? upper : text;
}
