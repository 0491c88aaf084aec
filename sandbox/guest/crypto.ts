import { bytesFromBase64, bytesOf } from "./base64.ts";
import { send } from "./bridge.ts";
import { DOMException } from "./dom-exception.ts";
import { finishInterface, requireArguments } from "./web-idl.ts";

const MOST_BYTES = 65_536;
const CONSTRUCTION = Symbol("construction");
type Fill = (bytes: Uint8Array) => void;

const INTEGERS = new Set([
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
]);
const kindOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object, // the prototype of all typed arrays
  Symbol.toStringTag,
)?.get;

export class Crypto {
  readonly #random: (() => number) | undefined;

  constructor(permit?: symbol, random?: () => number) {
    if (permit !== CONSTRUCTION) throw new TypeError("Illegal constructor");
    this.#random = random;
  }

  get subtle(): object {
    return require("./subtle.ts").subtle;
  }

  getRandomValues<View extends ArrayBufferView>(view: View): View {
    requireArguments(arguments.length, 1);
    if (!ArrayBuffer.isView(view)) throw new TypeError("Random values fill a typed array");
    if (!INTEGERS.has(String(kindOf?.call(view))))
      throw new DOMException("Random values fill an array of integers", "TypeMismatchError");
    if (view.byteLength > MOST_BYTES)
      throw new DOMException(`At most ${MOST_BYTES} random bytes at once`, "QuotaExceededError");
    if (view.byteLength > 0) this.#fill(bytesOf(view));
    return view;
  }

  randomUUID(): string {
    return this.#random === undefined ? send("uuid", "") : uuidFrom((bytes) => this.#fill(bytes));
  }

  #fill(bytes: Uint8Array): void {
    const random = this.#random;
    if (random === undefined) bytes.set(bytesFromBase64(send("random", String(bytes.byteLength))));
    else for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(random() * 256);
  }

  static {
    finishInterface(Crypto, "Crypto");
  }
}

/** `crypto` with the cell's randomness, or a seeded one while a definition is read. */
export function createCrypto(random?: () => number): Crypto {
  return new Crypto(CONSTRUCTION, random);
}

function uuidFrom(fill: Fill): string {
  const bytes = new Uint8Array(16);
  fill(bytes);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
