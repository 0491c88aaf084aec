import { parse, send, stringify } from "./bridge.ts";

type Pair = [name: string, value: string];

/** Parsing and formatting are the cell's (Node's own), the list is ours. */
export class URLSearchParams {
  #pairs: Pair[] = [];
  #onChange: ((query: string) => void) | undefined;

  constructor(init: unknown = "") {
    if (typeof init === "object" && init !== null) this.#pairs = pairsOf(init);
    else this.#pairs = parseQuery(String(init));
  }

  /** The parameters of a URL: a change is written back through `onChange`. */
  static bound(query: string, onChange: (query: string) => void): URLSearchParams {
    const params = new URLSearchParams(query);
    params.#onChange = onChange;
    return params;
  }

  /** The URL's query was set: take it without writing back. */
  static refresh(params: URLSearchParams, query: string): void {
    params.#pairs = parseQuery(query);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: string, value: string): void {
    this.#pairs.push([String(name), String(value)]);
    this.#changed();
  }

  delete(name: string, value?: string): void {
    this.#pairs = this.#pairs.filter(
      ([key, item]) => key !== String(name) || (value !== undefined && item !== String(value)),
    );
    this.#changed();
  }

  get(name: string): string | null {
    return this.#pairs.find(([key]) => key === String(name))?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value);
  }

  has(name: string, value?: string): boolean {
    return this.#pairs.some(
      ([key, item]) => key === String(name) && (value === undefined || item === String(value)),
    );
  }

  set(name: string, value: string): void {
    const first = this.#pairs.findIndex(([key]) => key === String(name));
    if (first < 0) this.#pairs.push([String(name), String(value)]);
    else {
      this.#pairs[first] = [String(name), String(value)];
      this.#pairs = this.#pairs.filter(([key], at) => at <= first || key !== String(name));
    }
    this.#changed();
  }

  sort(): void {
    this.#pairs.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    this.#changed();
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void {
    for (const [name, value] of this.#pairs) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<Pair> {
    for (const [name, value] of this.#pairs) yield [name, value];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#pairs) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#pairs) yield value;
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.length === 0 ? "" : send("query-format", stringify(this.#pairs));
  }

  #changed(): void {
    this.#onChange?.(this.toString());
  }
}

function parseQuery(text: string): Pair[] {
  const query = text.startsWith("?") ? text.slice(1) : text;
  return query === "" ? [] : (parse(send("query-parse", query)) as Pair[]); // written by the cell
}

function pairsOf(init: object): Pair[] {
  if (!(Symbol.iterator in init))
    return Object.entries(init).map(([name, value]): Pair => [name, String(value)]);
  return [...(init as Iterable<Iterable<unknown>>)].map((entry): Pair => {
    const items = [...entry];
    if (items.length !== 2) throw new TypeError("Each query pair must be a name and a value");
    return [String(items[0]), String(items[1])];
  });
}
