import { encodeFrame, type SubtleAnswer, type SubtleHeader, type SubtleKey } from "../protocol.ts";
import { bytesFromBase64, bytesOf, bytesToBase64, isBufferSource } from "./base64.ts";
import { parse, send, stringify } from "./bridge.ts";
import { DOMException } from "./dom-exception.ts";
import { whenStepBegins } from "./step-beginning.ts";
import { finishInterface, isObject, requireArguments } from "./web-idl.ts";

/**
 * `crypto.subtle` by the cell's WebCrypto. A key is a handle: its bytes lie in the cell and come into the
 * isolate only by `exportKey`. Arguments cross as JSON in which bytes and keys are marked.
 */
const CONSTRUCTION = Symbol("construction");
let keyIdOf: (key: CryptoKey) => number;

export class CryptoKey {
  readonly #key: SubtleKey;
  #algorithm: object | undefined;
  #usages: string[] | undefined;

  constructor(permit: unknown, key: SubtleKey) {
    if (permit !== CONSTRUCTION) throw new TypeError("Illegal constructor");
    this.#key = key;
  }

  get type(): string {
    return this.#key.type;
  }

  get extractable(): boolean {
    return this.#key.extractable;
  }

  get algorithm(): object {
    return (this.#algorithm ??= decode(this.#key.algorithm) as object); // an object of the cell's
  }

  get usages(): string[] {
    return (this.#usages ??= [...this.#key.usages]);
  }

  static {
    keyIdOf = (key) => key.#key.id;
    finishInterface(CryptoKey, "CryptoKey");
  }
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}
const pending = new Map<number, Pending>();
/** Asked for while the bundle was evaluated, when nothing can be answered yet. */
let early: { id: number; frame: string }[] = [];
let lastId = 0;

function ask(method: SubtleHeader["method"], args: unknown[]): Promise<unknown> {
  lastId += 1;
  const id = lastId;
  const frame = encodeFrame({ id, method }, [stringify(args.map(encode))]);
  return new Promise((resolve, reject) => {
    pending.set(id, { resolve, reject });
    hand(id, frame);
  });
}

function hand(id: number, frame: string): void {
  const answer = send("subtle", frame);
  if (answer === "") early.push({ id, frame });
  else if (answer !== "+")
    settleSubtle({ op: "subtle", id, ok: false, name: "QuotaExceededError", message: answer }, "");
}

whenStepBegins(() => {
  const calls = early;
  early = [];
  for (const { id, frame } of calls) hand(id, frame);
});

export function settleSubtle(answer: SubtleAnswer, text: string): void {
  const waiting = pending.get(answer.id);
  if (waiting === undefined) return;
  pending.delete(answer.id);
  if (answer.ok) waiting.resolve(decode(parse(text)));
  else waiting.reject(errorOf(answer));
}

function errorOf({ name, message }: Extract<SubtleAnswer, { ok: false }>): Error {
  if (name === "TypeError") return new TypeError(message);
  if (name === "RangeError") return new RangeError(message);
  return new DOMException(message, name);
}

/** Bytes, keys, BigInts and what holds them, as JSON. Getters are read once, as Web IDL does. */
function encode(value: unknown): unknown {
  if (value instanceof CryptoKey) return { $key: keyIdOf(value) };
  if (isBufferSource(value)) return { $bytes: bytesToBase64(bytesOf(value)) };
  if (Array.isArray(value)) return value.map(encode);
  if (value === undefined) return { $undefined: true };
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint")
    throw new TypeError(`A ${typeof value} is not what crypto.subtle takes`);
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const name in value) {
    const item: unknown = Reflect.get(value, name);
    if (item !== undefined && typeof item !== "function") copy[name] = encode(item);
  }
  return { $object: copy };
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (!isObject(value)) return value;
  if ("$bytes" in value) return bytesFromBase64(String(value.$bytes)).buffer;
  if ("$array" in value) return bytesFromBase64(String(value.$array));
  if ("$key" in value) return new CryptoKey(CONSTRUCTION, value.$key as SubtleKey); // written by the cell
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
}

const METHODS: Record<SubtleHeader["method"], number> = {
  encrypt: 3,
  decrypt: 3,
  sign: 3,
  verify: 4,
  digest: 2,
  generateKey: 3,
  deriveKey: 5,
  deriveBits: 2,
  importKey: 5,
  exportKey: 2,
  wrapKey: 4,
  unwrapKey: 7,
};

export class SubtleCrypto {
  constructor(permit?: symbol) {
    if (permit !== CONSTRUCTION) throw new TypeError("Illegal constructor");
  }

  static {
    for (const [name, needed] of Object.entries(METHODS) as [SubtleHeader["method"], number][]) {
      const method = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
        if (!(this instanceof SubtleCrypto)) throw new TypeError(`${name} is a method of SubtleCrypto`);
        requireArguments(args.length, needed);
        return ask(name, args);
      };
      Object.defineProperty(method, "name", { value: name });
      Object.defineProperty(method, "length", { value: needed });
      Object.defineProperty(SubtleCrypto.prototype, name, {
        value: method,
        writable: true,
        configurable: true,
      });
    }
    finishInterface(SubtleCrypto, "SubtleCrypto");
  }
}

export const subtle = new SubtleCrypto(CONSTRUCTION);
