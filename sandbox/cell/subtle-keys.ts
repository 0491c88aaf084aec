import type { webcrypto } from "node:crypto";
import { types } from "node:util";
import type { SubtleHeader, SubtleKey } from "../protocol.ts";
import { assertModestCall, MOST_HELD_RSA_BITS } from "./subtle-limits.ts";

/**
 * `crypto.subtle` for one isolate: keys live here as long as it does, the guest holds their numbers. Arguments are
 * hostile JSON; Node's own WebCrypto checks what they mean.
 *
 * Failure modes: work that is too large is refused before it starts, since a thread of libuv cannot be stopped.
 */
const MOST_KEYS = 1_000;

type Arguments = unknown[];

export class SubtleKeys {
  readonly #keys = new Map<number, webcrypto.CryptoKey>();
  #lastKey = 0;

  /**
   * Reads the arguments, in the burst of whoever asks, and returns what does the work. It resolves with the JSON of the
   * result. Both throw what the guest shall see: an error with a name and a message.
   */
  prepare(method: SubtleHeader["method"], argumentsJson: string): () => Promise<string> {
    const args = this.#decode(JSON.parse(argumentsJson)) as Arguments; // a list: the guest's, and checked by Node
    if (!Array.isArray(args)) throw new TypeError("The arguments are no list");
    assertModestCall(method, args, argumentsJson.length);
    const { subtle } = globalThis.crypto;
    const call = subtle[method] as (...given: Arguments) => Promise<unknown>; // a method of the protocol's
    return async () => JSON.stringify(this.#encode(await call.apply(subtle, args)));
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
    const members = marked["$object"];
    if (typeof members !== "object" || members === null) return copy;
    for (const [name, item] of Object.entries(members))
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
    const { modulusLength } = key.algorithm as { modulusLength?: number }; // of an RSA key alone
    if ((modulusLength ?? 0) > MOST_HELD_RSA_BITS)
      throw new DOMException(
        `An RSA key that is brought along has at most ${MOST_HELD_RSA_BITS} bits here`,
        "OperationError",
      );
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
