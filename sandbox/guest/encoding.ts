import { send } from "./bridge.ts";
import { DOMException } from "./dom-exception.ts";

/**
 * UTF-8 and base64. The isolate has no compiler (`--jitless`), so loops over characters are slow: the cell's
 * native coders do the work, and bytes cross as base64 by V8's own `fromBase64` and `toBase64`.
 */
interface Base64Bytes {
  toBase64(): string;
}
const fromBase64 = (
  Uint8Array as unknown as { fromBase64(text: string): Uint8Array<ArrayBuffer> }
).fromBase64.bind(Uint8Array); // in V8 since 14, not yet in the library's types

export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(text);
}

export function bytesToBase64(bytes: Uint8Array): string {
  return (bytes as unknown as Base64Bytes).toBase64(); // as above
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(send("utf8-encode", text));
}

export function decodeUtf8(bytes: Uint8Array): string {
  return bytes.byteLength === 0 ? "" : send("utf8-decode", bytesToBase64(bytes));
}

/** The bytes of any buffer source, without copying. */
export function bytesOf(source: unknown): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new TypeError("Expected an ArrayBuffer or a view of one");
}

export class TextEncoder {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    return text === "" ? new Uint8Array() : encodeUtf8(String(text));
  }

  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = this.encode(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      read += character.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

const UTF8_LABELS = new Set(["utf-8", "utf8", "unicode-1-1-utf-8"]);

export class TextDecoder {
  readonly encoding = "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  #rest = new Uint8Array();

  constructor(label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!UTF8_LABELS.has(String(label).trim().toLowerCase()))
      throw new RangeError(`The encoding "${label}" is not supported: only UTF-8 is`);
    this.fatal = options.fatal ?? false;
    this.ignoreBOM = options.ignoreBOM ?? false;
  }

  decode(source?: unknown, options: { stream?: boolean } = {}): string {
    const bytes = this.#withRest(source === undefined ? new Uint8Array() : bytesOf(source));
    const end = options.stream === true ? completeLength(bytes) : bytes.length;
    this.#rest = bytes.slice(end);
    const text = this.#decodeWhole(bytes.subarray(0, end));
    return !this.ignoreBOM && text.startsWith("\ufeff") ? text.slice(1) : text;
  }

  #withRest(bytes: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return bytes;
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    return joined;
  }

  #decodeWhole(bytes: Uint8Array): string {
    if (!this.fatal) return decodeUtf8(bytes);
    const answer = send("utf8-decode-fatal", bytesToBase64(bytes));
    if (answer.startsWith("-")) throw new TypeError("The encoded data was not valid UTF-8");
    return answer.slice(1);
  }
}

/** How many leading bytes hold whole characters: a last character may be cut off by the end of a chunk. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

export function atob(text: string): string {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(String(text));
  } catch {
    throw new DOMException("The string to be decoded is not correctly encoded.", "InvalidCharacterError");
  }
  let binary = "";
  for (let at = 0; at < bytes.length; at += 4096)
    binary += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return binary;
}

export function btoa(text: string): string {
  const binary = String(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) {
    const code = binary.charCodeAt(at);
    if (code > 255)
      throw new DOMException(
        "The string to be encoded contains characters outside of the Latin1 range.",
        "InvalidCharacterError",
      );
    bytes[at] = code;
  }
  return bytesToBase64(bytes);
}
