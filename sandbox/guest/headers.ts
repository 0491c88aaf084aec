import { defineIterable } from "./pair-iterable.ts";
import { asByteString, finishInterface, isObject, requireArguments } from "./web-idl.ts";

/** A header list: names in lower case, values of one name joined by a comma, `set-cookie` kept apart. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// oxlint-disable-next-line no-control-regex -- these are the very characters that a header value must not hold
const BAD_VALUE = /[\0\r\n]/;

type Pair = [name: string, value: string];

/** Headers as the wire carries them, one pair each. */
export let listHeaders: (headers: Headers) => Pair[];
/** Headers of an answer cannot be changed. */
export let freezeHeaders: (headers: Headers) => Headers;

export class Headers {
  #pairs: Pair[] = [];
  #frozen = false;

  constructor(init: unknown = undefined) {
    if (init === undefined) return;
    if (!isObject(init)) throw new TypeError("Headers take an object or a list of pairs");
    for (const [name, value] of pairsOf(init)) this.append(name, value);
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2);
    const pair = this.#checked(name, value);
    this.#pairs.push(pair);
  }

  delete(name: unknown): void {
    requireArguments(arguments.length, 1);
    const key = checkName(name);
    this.#assertMutable();
    this.#pairs = this.#pairs.filter(([existing]) => existing !== key);
  }

  get(name: unknown): string | null {
    requireArguments(arguments.length, 1);
    return this.#joined(checkName(name));
  }

  getSetCookie(): string[] {
    return this.#pairs.filter(([name]) => name === "set-cookie").map(([, value]) => value);
  }

  has(name: unknown): boolean {
    requireArguments(arguments.length, 1);
    const key = checkName(name);
    return this.#pairs.some(([existing]) => existing === key);
  }

  set(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2);
    const pair = this.#checked(name, value);
    const [key] = pair;
    const first = this.#pairs.findIndex(([existing]) => existing === key);
    if (first < 0) this.#pairs.push(pair);
    else
      this.#pairs = this.#pairs.filter(([existing], at) => at <= first || existing !== key).with(first, pair);
  }

  #checked(name: unknown, value: unknown): Pair {
    const key = asByteString(name);
    const text = asByteString(value).replaceAll(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
    if (BAD_VALUE.test(text))
      throw new TypeError(`The value of header "${key.slice(0, 100)}" holds a line break or a NUL`);
    const pair: Pair = [checkName(key), text];
    this.#assertMutable();
    return pair;
  }

  #assertMutable(): void {
    if (this.#frozen) throw new TypeError("The headers cannot be changed");
  }

  #joined(key: string): string | null {
    const values = this.#pairs.filter(([existing]) => existing === key).map(([, value]) => value);
    return values.length === 0 ? null : values.join(", ");
  }

  #sorted(): Pair[] {
    const names = [...new Set(this.#pairs.map(([name]) => name))].sort();
    return names.flatMap((name): Pair[] =>
      name === "set-cookie"
        ? this.getSetCookie().map((value): Pair => [name, value])
        : [[name, this.#joined(name) ?? ""]],
    );
  }

  static {
    listHeaders = (headers) => headers.#pairs.map(([name, value]): Pair => [name, value]);
    freezeHeaders = (headers) => {
      headers.#frozen = true;
      return headers;
    };
    finishInterface(Headers, "Headers");
    defineIterable(Headers, "Headers", (headers) => headers.#sorted());
  }
}

function pairsOf(init: object): [unknown, unknown][] {
  const iterate = Reflect.get(init, Symbol.iterator) as unknown;
  if (iterate === undefined || iterate === null) return pairsOfRecord(init);
  if (typeof iterate !== "function") throw new TypeError("The headers cannot be iterated");
  return [...(init as Iterable<Iterable<unknown>>)].map((entry): [unknown, unknown] => {
    if (!isObject(entry)) throw new TypeError("Each header must be a name and a value");
    const items = [...entry];
    if (items.length !== 2) throw new TypeError("Each header must be a name and a value");
    return [items[0], items[1]];
  });
}

function pairsOfRecord(init: object): [string, string][] {
  const pairs: [string, string][] = [];
  for (const key of Reflect.ownKeys(init))
    if (Reflect.getOwnPropertyDescriptor(init, key)?.enumerable === true)
      pairs.push([asByteString(key), asByteString(Reflect.get(init, key))]);
  return pairs;
}

function checkName(name: unknown): string {
  const key = asByteString(name).toLowerCase();
  if (!NAME.test(key)) throw new TypeError(`"${key.slice(0, 100)}" is not a valid header name`);
  return key;
}
