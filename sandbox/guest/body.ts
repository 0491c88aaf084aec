import { parse, send } from "./bridge.ts";
import { bytesFromBase64, bytesOf, bytesToBase64, decodeUtf8, encodeUtf8 } from "./encoding.ts";
import { URLSearchParams } from "./url-search-params.ts";

/**
 * A body is whole: text, bytes, or the response of a fetch that still lies in the cell and is fetched from
 * there in the form that is asked for.
 */
export type BodySource = { text: string } | { bytes: Uint8Array } | { fetchId: number } | undefined;

export interface ExtractedBody {
  source: BodySource;
  contentType?: string;
}

export function extractBody(init: unknown): ExtractedBody {
  if (init === undefined || init === null) return { source: undefined };
  if (typeof init === "string") return { source: { text: init }, contentType: "text/plain;charset=UTF-8" };
  if (init instanceof URLSearchParams)
    return {
      source: { text: init.toString() },
      contentType: "application/x-www-form-urlencoded;charset=UTF-8",
    };
  if (init instanceof ArrayBuffer || ArrayBuffer.isView(init))
    return { source: { bytes: bytesOf(init).slice() } };
  return { source: { text: String(init) }, contentType: "text/plain;charset=UTF-8" };
}

/** What the bridge carries: text as it is, bytes in base64. */
export function bodyForBridge(source: BodySource): { encoding: "utf8" | "base64"; data: string } | undefined {
  if (source === undefined) return undefined;
  if ("text" in source) return { encoding: "utf8", data: source.text };
  return { encoding: "base64", data: bytesToBase64(bytesIn(source)) };
}

function bytesIn(source: Exclude<BodySource, undefined>): Uint8Array<ArrayBuffer> {
  if ("text" in source) return encodeUtf8(source.text);
  if ("bytes" in source) return source.bytes.slice();
  return bytesFromBase64(send("body", `${source.fetchId} base64`));
}

function textIn(source: BodySource): string {
  if (source === undefined) return "";
  if ("text" in source) return source.text;
  if ("bytes" in source) return decodeUtf8(source.bytes);
  return send("body", `${source.fetchId} text`);
}

/** The reading half of Request and Response. */
export class Body {
  bodyUsed = false;
  protected source: BodySource;

  constructor(source: BodySource) {
    this.source = source;
  }

  async text(): Promise<string> {
    this.#use();
    return textIn(this.source);
  }

  async json(): Promise<unknown> {
    return parse(await this.text());
  }

  async bytes(): Promise<Uint8Array> {
    this.#use();
    return this.source === undefined ? new Uint8Array() : bytesIn(this.source);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.bytes();
    return bytes.buffer as ArrayBuffer; // made by this module, never shared
  }

  /** The source of an unread body, for a clone or for sending. */
  static peek(body: Body): BodySource {
    if (body.bodyUsed) throw new TypeError("Body is unusable: Body has already been read");
    return body.source;
  }

  #use(): void {
    if (this.source === undefined) return;
    if (this.bodyUsed) throw new TypeError("Body is unusable: Body has already been read");
    this.bodyUsed = true;
  }
}
