import type { webcrypto } from "node:crypto";
import { types } from "node:util";
import type { SubtleHeader, SubtleKey } from "../protocol.ts";

/**
 * `crypto.subtle` for one isolate: keys live here as long as it does, the guest holds their numbers. Arguments are
 * hostile JSON; Node's own WebCrypto checks what they mean.
 *
 * Failure modes: work that is too large is refused before it starts, since a thread of libuv cannot be stopped.
 */
const MOST_KEYS = 1_000;
const MOST_RSA_BITS = 4_096;
const MOST_ITERATIONS = 2_000_000;

type Arguments = unknown[];

export class SubtleKeys {
  readonly #keys = new Map<number, webcrypto.CryptoKey>();
  #lastKey = 0;

  /** JSON of the result. Rejects with what the guest shall see: an error with a name and a message. */
  async run(method: SubtleHeader["method"], argumentsJson: string): Promise<string> {
    const args = this.#decode(JSON.parse(argumentsJson)) as Arguments; // a list: the guest's, and checked by Node
    if (!Array.isArray(args)) throw new TypeError("The arguments are no list");
    for (const arg of args) assertModest(arg);
    const { subtle } = globalThis.crypto;
    const call = subtle[method] as (...given: Arguments) => Promise<unknown>; // a method of the protocol's
    return JSON.stringify(this.#encode(await call.apply(subtle, args)));
  }

  #decode(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#decode(item));
    if (typeof value !== "object" || value === null) return value;
    const marked = value as Record<string, unknown>; // an object of JSON
    if (typeof marked["$bytes"] === "string") return Buffer.from(marked["$bytes"], "base64");
    if (typeof marked["$key"] === "number") return this.#keys.get(marked["$key"]);
    if ("$undefined" in marked) return undefined;
    if (typeof marked["$number"] === "string") return Number(marked["$number"]);
    const copy: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(marked["$object"] ?? {}))
      if (name !== "__proto__") copy[name] = this.#decode(item);
    return copy;
  }

  #encode(value: unknown): unknown {
    if (value instanceof ArrayBuffer) return { $bytes: Buffer.from(value).toString("base64") };
    if (value instanceof Uint8Array) return { $array: Buffer.from(value).toString("base64") };
    if (types.isCryptoKey(value)) return { $key: this.#keep(value) };
    if (Array.isArray(value)) return value.map((item) => this.#encode(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#encode(item)]));
  }

  #keep(key: webcrypto.CryptoKey): SubtleKey {
    if (this.#keys.size >= MOST_KEYS)
      throw new DOMException(`An execution holds at most ${MOST_KEYS} keys`, "QuotaExceededError");
    this.#lastKey += 1;
    this.#keys.set(this.#lastKey, key);
    return {
      id: this.#lastKey,
      type: key.type,
      extractable: key.extractable,
      algorithm: this.#encode(key.algorithm),
      usages: [...key.usages],
    };
  }
}

function assertModest(algorithm: unknown): void {
  if (typeof algorithm !== "object" || algorithm === null) return;
  const { modulusLength, iterations } = algorithm as { modulusLength?: unknown; iterations?: unknown };
  if (Number(modulusLength) > MOST_RSA_BITS)
    throw new DOMException(`An RSA key has at most ${MOST_RSA_BITS} bits here`, "OperationError");
  if (Number(iterations) > MOST_ITERATIONS)
    throw new DOMException(`PBKDF2 makes at most ${MOST_ITERATIONS} iterations here`, "OperationError");
}
