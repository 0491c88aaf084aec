import { bytesOf, bytesToBase64, decodeUtf8, encodeUtf8, joinBytes } from "./base64.ts";
import { send } from "./bridge.ts";
import type * as EncodingsLibrary from "./libraries/encodings.ts";
import { loadLibrary } from "./library.ts";
import { asDictionary, asUsvString, finishInterface } from "./web-idl.ts";

/** UTF-8 by the cell's native coders; every other encoding by @exodus/bytes, which follows the standard's tables. */
type Encodings = typeof EncodingsLibrary;
let loaded: Encodings | undefined;
const encodings = () => (loaded ??= loadLibrary("encodings") as Encodings); // the library of that name

export class TextEncoder {
  get encoding(): string {
    return "utf-8";
  }

  encode(text: unknown = ""): Uint8Array {
    return encodeUtf8(asUsvString(text));
  }

  encodeInto(source: unknown, target: Uint8Array): { read: number; written: number } {
    if (!(target instanceof Uint8Array)) throw new TypeError("The target is not a Uint8Array");
    const text = asUsvString(source);
    let read = 0;
    let written = 0;
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0;
      const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (written + bytes > target.length) break;
      read += character.length;
      written += bytes;
    }
    target.set(encodeUtf8(text.slice(0, read)));
    return { read, written };
  }

  static {
    finishInterface(TextEncoder, "TextEncoder");
  }
}

const UTF8_LABELS = new Set(["utf-8", "utf8", "UTF-8", "UTF8"]);

interface DecoderOptions {
  fatal?: boolean;
  ignoreBOM?: boolean;
}

export class TextDecoder {
  readonly #encoding: string;
  readonly #fatal: boolean;
  readonly #ignoreBOM: boolean;
  readonly #other: { decode(bytes: Uint8Array, options: { stream: boolean }): string } | undefined;
  #rest = new Uint8Array();
  #begun = false;

  constructor(label: unknown = "utf-8", options: DecoderOptions = {}) {
    const name = `${label as string}`; // a symbol throws, as it must
    const { fatal, ignoreBOM } = asDictionary(options);
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
    this.#encoding = UTF8_LABELS.has(name) ? "utf-8" : encodingOf(name);
    if (this.#encoding !== "utf-8")
      this.#other = new (encodings().TextDecoder)(name, {
        fatal: this.#fatal,
        ignoreBOM: this.#ignoreBOM,
      });
  }

  get encoding(): string {
    return this.#encoding;
  }

  get fatal(): boolean {
    return this.#fatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBOM;
  }

  decode(source: unknown = undefined, options: { stream?: boolean } = {}): string {
    const stream = Boolean(asDictionary(options).stream);
    const given = source === undefined ? new Uint8Array() : bytesOf(source);
    if (this.#other !== undefined) return this.#other.decode(given, { stream });
    const bytes = this.#rest.length === 0 ? given : joinBytes([this.#rest, given]);
    const end = stream ? completeLength(bytes) : bytes.length;
    this.#rest = bytes.slice(end);
    try {
      return this.#strip(this.#decodeWhole(bytes.subarray(0, end)), stream);
    } catch (error) {
      this.#reset();
      throw error;
    }
  }

  /** A byte order mark is one only at the beginning of all that is decoded. */
  #strip(text: string, stream: boolean): string {
    const stripped = !this.#begun && !this.#ignoreBOM && text.startsWith("\ufeff") ? text.slice(1) : text;
    if (!stream) this.#reset();
    else if (text !== "") this.#begun = true;
    return stripped;
  }

  #reset(): void {
    this.#rest = new Uint8Array();
    this.#begun = false;
  }

  #decodeWhole(bytes: Uint8Array): string {
    if (!this.#fatal) return decodeUtf8(bytes);
    const answer = send("utf8-decode-fatal", bytesToBase64(bytes));
    if (answer.startsWith("-")) throw new TypeError("The encoded data was not valid UTF-8");
    return answer.slice(1);
  }

  static {
    finishInterface(TextDecoder, "TextDecoder");
  }
}

function encodingOf(label: string): string {
  const name = encodings().labelToName(label)?.toLowerCase();
  if (name === undefined || name === "replacement")
    throw new RangeError(`"${label.slice(0, 50)}" names no encoding that can be decoded`);
  return name;
}

/** How many leading bytes hold whole characters: a last character may be cut off by the end of a chunk. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const at = bytes.length - back;
    const byte = bytes[at] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return lengthOf(byte) > back && (back === 1 || isSecond(byte, bytes[at + 1] ?? 0)) ? at : bytes.length;
  }
  return bytes.length;
}

/** Of the sequence that a byte leads; 1 where it leads none. */
function lengthOf(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}

function isSecond(lead: number, second: number): boolean {
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return second >= least && second <= most;
}
