import { bytesOf, decodeUtf8, encodeUtf8, isBufferSource, joinBytes } from "./base64.ts";
import { asDictionary, asUsvString, finishInterface, isObject, requireArguments } from "./web-idl.ts";

interface BlobOptions {
  type?: string;
  endings?: string;
}

/** The bytes of a blob, not to be changed. Throws for what is none. */
export let blobBytes: (blob: Blob) => Uint8Array<ArrayBuffer>;
export let isBlob: (value: unknown) => value is Blob;

export class Blob {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #type: string;

  constructor(parts: Iterable<unknown> | undefined = undefined, options: BlobOptions = {}) {
    const { endings, type } = asDictionary(options);
    const isNative = endingsOf(endings) === "native";
    this.#type = normalizedType(type);
    this.#bytes = joinBytes(partsOf(parts).map((part) => bytesOfPart(part, isNative)));
  }

  get size(): number {
    return this.#bytes.byteLength;
  }

  get type(): string {
    return this.#type;
  }

  slice(start: unknown = undefined, end: unknown = undefined, contentType: unknown = undefined): Blob {
    const from = boundOf(start, 0, this.size);
    const to = boundOf(end, this.size, this.size);
    const slice = new Blob([], contentType === undefined ? {} : { type: `${contentType as string}` });
    slice.#bytes = this.#bytes.slice(from, Math.max(from, to));
    return slice;
  }

  async text(): Promise<string> {
    return decodeUtf8(this.#bytes);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#bytes.slice();
  }

  stream(): unknown {
    const bytes = this.#bytes;
    return require("./streams.ts").bytesStream(() => bytes.slice());
  }

  static {
    blobBytes = (blob) => blob.#bytes;
    isBlob = (value): value is Blob => isObject(value) && #bytes in value;
    finishInterface(Blob, "Blob");
  }
}

export class File extends Blob {
  readonly #name: string;
  readonly #lastModified: number;

  constructor(
    parts: Iterable<unknown>,
    name: unknown,
    options: BlobOptions & { lastModified?: number } = {},
  ) {
    requireArguments(arguments.length, 2);
    if (!isObject(parts)) throw new TypeError("The parts of a file are a list");
    super(parts, options);
    this.#name = asUsvString(name);
    const { lastModified } = asDictionary(options);
    this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0;
  }

  get name(): string {
    return this.#name;
  }

  get lastModified(): number {
    return this.#lastModified;
  }

  get webkitRelativePath(): string {
    return "";
  }

  static {
    finishInterface(File, "File");
  }
}

function partsOf(parts: unknown): unknown[] {
  if (parts === undefined) return [];
  if (!isObject(parts) || typeof Reflect.get(parts, Symbol.iterator) !== "function")
    throw new TypeError("The parts of a blob are a list");
  return [...(parts as Iterable<unknown>)].map((part) =>
    isBlob(part) || isBufferSource(part) ? part : asUsvString(part),
  );
}

function bytesOfPart(part: unknown, isNative: boolean): Uint8Array {
  if (isBlob(part)) return blobBytes(part);
  if (typeof part !== "string") return bytesOf(part);
  return encodeUtf8(isNative ? part.replaceAll(/\r\n?/g, "\n") : part);
}

function endingsOf(endings: unknown): string {
  const text = endings === undefined ? "transparent" : `${endings as string}`; // a symbol throws, as it must
  if (text !== "transparent" && text !== "native")
    throw new TypeError(`"${text.slice(0, 50)}" is no kind of line endings`);
  return text;
}

function normalizedType(type: unknown): string {
  const text = type === undefined ? "" : `${type as string}`; // as above
  return /^[\u0020-\u007e]*$/.test(text) ? text.toLowerCase() : "";
}

function boundOf(value: unknown, otherwise: number, size: number): number {
  if (value === undefined) return otherwise;
  const number = Math.trunc(Number(value)) || 0;
  return number < 0 ? Math.max(size + number, 0) : Math.min(number, size);
}
