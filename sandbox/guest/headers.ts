/** A header list: names in lower case, values of one name joined by a comma, `set-cookie` kept apart. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// oxlint-disable-next-line no-control-regex -- these are the very characters that a header value must not hold
const BAD_VALUE = /[\0\r\n]/;

type Pair = [name: string, value: string];

export class Headers {
  #pairs: Pair[] = [];

  constructor(init?: unknown) {
    if (init === undefined || init === null) return;
    if (typeof init !== "object") throw new TypeError("Headers take an object or a list of pairs");
    const entries =
      Symbol.iterator in init ? [...(init as Iterable<Iterable<unknown>>)] : Object.entries(init);
    for (const entry of entries) {
      const [name, value, ...more] = [...entry];
      if (value === undefined || more.length > 0)
        throw new TypeError("Each header must be a name and a value");
      this.append(String(name), String(value));
    }
  }

  append(name: string, value: string): void {
    this.#pairs.push([checkName(name), checkValue(name, value)]);
  }

  set(name: string, value: string): void {
    const key = checkName(name);
    const first = this.#pairs.findIndex(([existing]) => existing === key);
    const pair: Pair = [key, checkValue(name, value)];
    if (first < 0) this.#pairs.push(pair);
    else
      this.#pairs = this.#pairs.filter(([existing], at) => at <= first || existing !== key).with(first, pair);
  }

  delete(name: string): void {
    const key = checkName(name);
    this.#pairs = this.#pairs.filter(([existing]) => existing !== key);
  }

  get(name: string): string | null {
    const key = checkName(name);
    const values = this.#pairs.filter(([existing]) => existing === key).map(([, value]) => value);
    return values.length === 0 ? null : values.join(", ");
  }

  has(name: string): boolean {
    const key = checkName(name);
    return this.#pairs.some(([existing]) => existing === key);
  }

  getSetCookie(): string[] {
    return this.#pairs.filter(([name]) => name === "set-cookie").map(([, value]) => value);
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this.entries()) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<Pair> {
    const names = [...new Set(this.#pairs.map(([name]) => name))].sort();
    for (const name of names) {
      if (name === "set-cookie") for (const value of this.getSetCookie()) yield [name, value];
      else yield [name, this.get(name) ?? ""];
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries();
  }

  /** Headers as the wire carries them, one pair each. */
  static list(headers: Headers): Pair[] {
    return headers.#pairs.map(([name, value]): Pair => [name, value]);
  }
}

function checkName(name: string): string {
  const key = String(name).toLowerCase();
  if (!NAME.test(key)) throw new TypeError(`"${key.slice(0, 100)}" is not a valid header name`);
  return key;
}

function checkValue(name: string, value: string): string {
  const text = String(value).trim();
  if (BAD_VALUE.test(text)) throw new TypeError(`The value of header "${name}" holds a line break or a NUL`);
  return text;
}
