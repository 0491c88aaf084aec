import { stringify } from "./bridge.ts";
import { Body, extractBody, type BodySource } from "./body.ts";
import { Headers } from "./headers.ts";
import { URL } from "./url.ts";

export interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: unknown;
}

export class Response extends Body {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  url = "";
  redirected = false;
  readonly type = "basic";

  constructor(body?: unknown, init: ResponseInit = {}) {
    const extracted = extractBody(body);
    super(extracted.source);
    this.status = init.status ?? 200;
    if (!Number.isInteger(this.status) || this.status < 200 || this.status > 599)
      throw new RangeError(`The status ${this.status} is not between 200 and 599`);
    this.statusText = init.statusText ?? "";
    this.headers = new Headers(init.headers);
    if (extracted.contentType !== undefined && !this.headers.has("content-type"))
      this.headers.set("content-type", extracted.contentType);
  }

  static json(value: unknown, init: ResponseInit = {}): Response {
    const response = new Response(stringify(value), init);
    response.headers.set("content-type", new Headers(init.headers).get("content-type") ?? "application/json");
    return response;
  }

  static redirect(url: string, status = 302): Response {
    return new Response(null, { status, headers: { location: new URL(url).toString() } });
  }

  /** The answer to a fetch: its body is still in the cell. */
  static received(
    source: BodySource,
    init: Required<ResponseInit>,
    from: { url: string; redirected: boolean },
  ) {
    const response = new Response(null, init);
    response.source = source;
    response.url = from.url;
    response.redirected = from.redirected;
    return response;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  clone(): Response {
    const copy = new Response(null, {
      status: this.status,
      statusText: this.statusText,
      headers: this.headers,
    });
    copy.source = Body.peek(this);
    copy.url = this.url;
    copy.redirected = this.redirected;
    return copy;
  }
}
