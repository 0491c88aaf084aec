import { Body, copySource, extractBody, mixInBody, type BodySource } from "./body.ts";
import { stringify } from "./bridge.ts";
import { freezeHeaders, Headers } from "./headers.ts";
import { URL } from "./url.ts";
import { asByteString, asDictionary, asUsvString, finishInterface, requireArguments } from "./web-idl.ts";

export interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: unknown;
}

/** What a response is beyond what an author may give. */
interface Origin {
  type: "default" | "basic" | "error";
  url: string;
  redirected: boolean;
  status: number;
}

const BODILESS = new Set([101, 103, 204, 205, 304]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REASON = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** The body of the response that is constructed next, where it is not an author's value. */
let raw: { source: BodySource; contentType?: string } | undefined;

/** The answer to a fetch: its body is still in the cell. */
export let receivedResponse: (
  source: BodySource,
  init: Required<ResponseInit>,
  from: { url: string; redirected: boolean },
) => Response;

export class Response extends Body {
  readonly #statusText: string;
  #headers: Headers;
  readonly #origin: Origin = { type: "default", url: "", redirected: false, status: 200 };

  constructor(body: unknown = null, init: ResponseInit = {}) {
    const { status, statusText, headers } = asDictionary(init);
    const code = statusOf(status);
    const reason = asByteString(statusText ?? "");
    if (!REASON.test(reason)) throw new TypeError("The status text holds characters that it must not");
    const list = new Headers(headers);
    const extracted = raw ?? extractBody(body);
    if (extracted.source !== undefined && BODILESS.has(code) && raw === undefined)
      throw new TypeError(`A response of status ${code} has no body`);
    super(extracted.source);
    raw = undefined;
    this.#origin.status = code;
    this.#statusText = reason;
    this.#headers = list;
    if (extracted.contentType !== undefined && !list.has("content-type"))
      list.set("content-type", extracted.contentType);
  }

  static error(): Response {
    const response = new Response();
    Object.assign(response.#origin, { type: "error", status: 0 });
    freezeHeaders(response.#headers);
    return response;
  }

  static json(data: unknown, init: ResponseInit = {}): Response {
    requireArguments(arguments.length, 1);
    const text = stringify(data);
    if (text === undefined) throw new TypeError("The value has no JSON text");
    const given = asDictionary(init);
    if (BODILESS.has(statusOf(given.status)))
      throw new TypeError(`A response of status ${given.status} has no body`);
    raw = { source: { text: text.toWellFormed() }, contentType: "application/json" };
    return new Response(null, given);
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    requireArguments(arguments.length, 1);
    const location = new URL(asUsvString(url)).toString();
    const code = Number(status) & 0xffff;
    if (!REDIRECTS.has(code)) throw new RangeError(`The status ${code} is not one of a redirect`);
    const response = new Response(null, { status: code, headers: { location } });
    freezeHeaders(response.#headers);
    return response;
  }

  get type(): string {
    return this.#origin.type;
  }

  get url(): string {
    return this.#origin.url;
  }

  get redirected(): boolean {
    return this.#origin.redirected;
  }

  get status(): number {
    return this.#origin.status;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  get statusText(): string {
    return this.#statusText;
  }

  get headers(): Headers {
    return this.#headers;
  }

  clone(): Response {
    raw = { source: copySource(this) };
    const init = { statusText: this.#statusText, headers: this.#headers };
    const copy = new Response(null, init);
    Object.assign(copy.#origin, this.#origin);
    if (this.#origin.type !== "default") freezeHeaders(copy.#headers);
    return copy;
  }

  static {
    receivedResponse = (source, init, { url, redirected }) => {
      raw = { source };
      const statusText = REASON.test(init.statusText) ? init.statusText : "";
      const response = new Response(null, { ...init, statusText, status: 200 });
      Object.assign(response.#origin, { type: "basic", url: url.replace(/#.*$/s, ""), redirected });
      response.#origin.status = init.status;
      freezeHeaders(response.#headers);
      return response;
    };
    mixInBody(Response);
    finishInterface(Response, "Response");
  }
}

function statusOf(status: unknown): number {
  const code = status === undefined ? 200 : Number(status) & 0xffff;
  if (code < 200 || code > 599) throw new RangeError(`The status ${code} is not between 200 and 599`);
  return code;
}
