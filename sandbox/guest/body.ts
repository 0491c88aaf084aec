import {
  bytesFromBase64,
  bytesOf,
  bytesToBase64,
  decodeUtf8,
  encodeUtf8,
  isBufferSource,
  joinBytes,
} from "./base64.ts";
import { parse, send } from "./bridge.ts";
import type { Blob } from "./blob.ts";
import type { FormData } from "./form-data.ts";
import type { Headers } from "./headers.ts";
import { parseMimeType } from "./mime-type.ts";
import type { ReadableStream } from "./streams.ts";
import { URLSearchParams } from "./url-search-params.ts";
import { asUsvString } from "./web-idl.ts";

/**
 * A body is whole: text, bytes, or the response of a fetch that still lies in the cell and is fetched from
 * there in the form that is asked for. Or it is a stream, because an author gave one or asked for one.
 */
export type BodySource =
  | { text: string }
  | { bytes: Uint8Array }
  | { fetchId: number }
  | { stream: ReadableStream }
  | undefined;

export interface ExtractedBody {
  source: BodySource;
  contentType?: string;
}

const TEXT_TYPE = "text/plain;charset=UTF-8";

export function extractBody(init: unknown): ExtractedBody {
  if (init === undefined || init === null) return { source: undefined };
  if (typeof init === "string") return { source: { text: init.toWellFormed() }, contentType: TEXT_TYPE };
  if (init instanceof URLSearchParams)
    return {
      source: { text: init.toString() },
      contentType: "application/x-www-form-urlencoded;charset=UTF-8",
    };
  if (isBufferSource(init)) return { source: { bytes: bytesOf(init).slice() } };
  if (typeof init === "object") {
    const extracted = extractObject(init);
    if (extracted !== undefined) return extracted;
  }
  return { source: { text: asUsvString(init) }, contentType: TEXT_TYPE };
}

/** What can only be there when its class was asked for: so the class is loaded for none else. */
function extractObject(init: object): ExtractedBody | undefined {
  switch (Object.prototype.toString.call(init)) {
    case "[object Blob]":
    case "[object File]": {
      const { blobBytes, isBlob } = require("./blob.ts");
      if (!isBlob(init)) return undefined;
      const contentType = init.type;
      return { source: { bytes: blobBytes(init) }, ...(contentType === "" ? {} : { contentType }) };
    }
    case "[object FormData]": {
      if (!require("./form-data.ts").isFormData(init)) return undefined;
      const { bytes, boundary } = require("./multipart.ts").encodeForm(init);
      return { source: { bytes }, contentType: `multipart/form-data; boundary=${boundary}` };
    }
    case "[object ReadableStream]": {
      const { isDisturbed, isReadableStream } = require("./streams.ts");
      if (!isReadableStream(init)) return undefined;
      if (isDisturbed(init) || init.locked) throw new TypeError("The body's stream is locked or was read");
      return { source: { stream: init } };
    }
  }
  return undefined;
}

/** What the bridge carries: text as it is, bytes in base64. */
export async function bodyForBridge(
  body: Body,
): Promise<{ encoding: "utf8" | "base64"; data: string } | undefined> {
  const source = takeSource(body);
  if (source === undefined) return undefined;
  if ("text" in source) return { encoding: "utf8", data: source.text };
  return { encoding: "base64", data: bytesToBase64(await bytesIn(source)) };
}

async function bytesIn(source: BodySource): Promise<Uint8Array<ArrayBuffer>> {
  if (source === undefined) return new Uint8Array();
  return "stream" in source ? readAll(source.stream) : wholeBytes(source);
}

function wholeBytes(source: Exclude<BodySource, { stream: unknown } | undefined>): Uint8Array<ArrayBuffer> {
  if ("text" in source) return encodeUtf8(source.text);
  if ("bytes" in source) return source.bytes.slice();
  return bytesFromBase64(send("body", `${source.fetchId} base64`));
}

async function readAll(stream: ReadableStream): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joinBytes(chunks);
    if (!(value instanceof Uint8Array)) {
      const error = new TypeError("A chunk of the body's stream is not a Uint8Array");
      reader.cancel(error).catch(() => {}); // the error below says it
      throw error;
    }
    chunks.push(value);
  }
}

async function textIn(source: BodySource): Promise<string> {
  if (source === undefined) return "";
  if ("text" in source) return stripBom(source.text);
  if ("fetchId" in source) return stripBom(send("body", `${source.fetchId} text`));
  return stripBom(decodeUtf8(await bytesIn(source)));
}

function stripBom(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** The body's source, which counts as read from then on. */
export let takeSource: (body: Body) => BodySource;
/** As `takeSource`, for another body: it has a stream of its own. */
export let giveSource: (body: Body) => BodySource;
/** The source of a copy; both can be read. */
export let copySource: (body: Body) => BodySource;
export let isUnusable: (body: Body) => boolean;
export let hasBody: (body: Body) => boolean;

/** The reading half of Request and Response. */
export abstract class Body {
  #source: BodySource;
  #stream: ReadableStream | null = null;
  #used = false;

  constructor(source: BodySource) {
    this.#source = source;
    if (source !== undefined && "stream" in source) this.#stream = source.stream;
  }

  abstract get headers(): Headers;

  get body(): ReadableStream | null {
    const source = this.#source;
    if (source === undefined) return null;
    if (this.#stream === null && !("stream" in source)) {
      this.#stream = require("./streams.ts").bytesStream(() => wholeBytes(source));
      // Whoever read the body whole holds it for ever.
      if (this.#used) void this.#stream.getReader().cancel();
    }
    return this.#stream;
  }

  get bodyUsed(): boolean {
    if (this.#source === undefined) return false;
    return this.#used || (this.#stream !== null && require("./streams.ts").isDisturbed(this.#stream));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await bytesIn(takeSource(this))).buffer;
  }

  async blob(): Promise<Blob> {
    const bytes = await bytesIn(takeSource(this));
    const { Blob } = require("./blob.ts");
    return new Blob([bytes], { type: parseMimeType(this.headers)?.text ?? "" });
  }

  async bytes(): Promise<Uint8Array> {
    return bytesIn(takeSource(this));
  }

  async formData(): Promise<FormData> {
    const bytes = await bytesIn(takeSource(this));
    const type = parseMimeType(this.headers);
    const boundary = type?.parameters.get("boundary");
    if (type?.essence === "multipart/form-data" && boundary !== undefined)
      return require("./multipart.ts").decodeForm(bytes, boundary);
    if (type?.essence !== "application/x-www-form-urlencoded")
      throw new TypeError("The body's content type is none of a form");
    const form = new (require("./form-data.ts").FormData)();
    const pairs = new URLSearchParams(`?${decodeUtf8(bytes)}`) as unknown as Iterable<[string, string]>; // it is iterable
    for (const [name, value] of pairs) form.append(name, value);
    return form;
  }

  async json(): Promise<unknown> {
    return parse(await textIn(takeSource(this)));
  }

  async text(): Promise<string> {
    return textIn(takeSource(this));
  }

  static {
    hasBody = (body) => body.#source !== undefined;
    isUnusable = (body) =>
      body.#source !== undefined && (body.bodyUsed || (body.#stream !== null && body.#stream.locked));
    takeSource = (body) => {
      if (isUnusable(body)) throw new TypeError("Body is unusable: Body has already been read");
      if (body.#source === undefined) return undefined;
      const stream = body.#stream;
      body.#used = true;
      return stream === null ? body.#source : { stream };
    };
    giveSource = (body) => {
      const source = takeSource(body);
      return source !== undefined && "stream" in source
        ? { stream: require("./streams.ts").passedOn(source.stream) }
        : source;
    };
    copySource = (body) => {
      if (isUnusable(body)) throw new TypeError("Body is unusable: Body has already been read");
      if (body.#stream === null) return body.#source;
      const [own, copy] = body.#stream.tee();
      body.#stream = own;
      body.#source = { stream: own };
      return { stream: require("./streams.ts").clonedChunks(copy) };
    };
  }
}

/** The members of Body belong to each class that has a body, as the platform has them. */
export function mixInBody(Class: { prototype: object }): void {
  for (const key of Object.getOwnPropertyNames(Body.prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(Body.prototype, key);
    if (key !== "constructor" && descriptor !== undefined)
      Object.defineProperty(Class.prototype, key, { ...descriptor, enumerable: true });
  }
}
