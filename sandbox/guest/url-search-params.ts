import { parse, send, stringify } from "./bridge.ts";
import { defineIterable } from "./pair-iterable.ts";
import { asUsvString, finishInterface, isObject, requireArguments } from "./web-idl.ts";

type Pair = [name: string, value: string];

/** The parameters of a URL: a change is written back through `onChange`. */
export let boundParams: (query: string, onChange: (query: string) => void) => URLSearchParams;
/** The URL's query was set: take it without writing back. */
export let refreshParams: (params: URLSearchParams, query: string) => void;

/** Parsing and formatting are the cell's (Node's own), the list is ours. */
export class URLSearchParams {
  #pairs: Pair[] = [];
  #onChange: ((query: string) => void) | undefined;

  constructor(init: unknown = "") {
    if (isObject(init)) this.#pairs = pairsOf(init);
    else this.#pairs = parseQuery(asUsvString(init).replace(/^\?/, ""));
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2);
    this.#pairs.push([asUsvString(name), asUsvString(value)]);
    this.#changed();
  }

  delete(name: unknown, value: unknown = undefined): void {
    requireArguments(arguments.length, 1);
    const isMeant = matcher(name, value);
    this.#pairs = this.#pairs.filter((pair) => !isMeant(pair));
    this.#changed();
  }

  get(name: unknown): string | null {
    requireArguments(arguments.length, 1);
    return this.#pairs.find(matcher(name))?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    requireArguments(arguments.length, 1);
    return this.#pairs.filter(matcher(name)).map(([, value]) => value);
  }

  has(name: unknown, value: unknown = undefined): boolean {
    requireArguments(arguments.length, 1);
    return this.#pairs.some(matcher(name, value));
  }

  set(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2);
    const pair: Pair = [asUsvString(name), asUsvString(value)];
    const first = this.#pairs.findIndex(matcher(pair[0]));
    if (first < 0) this.#pairs.push(pair);
    else this.#pairs = this.#pairs.filter(([key], at) => at <= first || key !== pair[0]).with(first, pair);
    this.#changed();
  }

  sort(): void {
    this.#pairs.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    this.#changed();
  }

  toString(): string {
    return this.#pairs.length === 0 ? "" : send("query-format", stringify(this.#pairs));
  }

  #changed(): void {
    this.#onChange?.(this.toString());
  }

  static {
    boundParams = (query, onChange) => {
      const params = new URLSearchParams(query);
      params.#onChange = onChange;
      return params;
    };
    refreshParams = (params, query) => {
      params.#pairs = parseQuery(query.replace(/^\?/, ""));
    };
    finishInterface(URLSearchParams, "URLSearchParams");
    defineIterable(URLSearchParams, "URLSearchParams", (params) => params.#pairs);
  }
}

function matcher(name: unknown, value?: unknown): (pair: Pair) => boolean {
  const key = asUsvString(name);
  const item = value === undefined ? undefined : asUsvString(value);
  return (pair) => pair[0] === key && (item === undefined || pair[1] === item);
}

function parseQuery(query: string): Pair[] {
  return query === "" ? [] : (parse(send("query-parse", query)) as Pair[]); // written by the cell
}

function pairsOf(init: object): Pair[] {
  const iterate = Reflect.get(init, Symbol.iterator) as unknown;
  if (iterate === undefined || iterate === null) return pairsOfRecord(init);
  if (typeof iterate !== "function") throw new TypeError("The query pairs cannot be iterated");
  return [...(init as Iterable<Iterable<unknown>>)].map((entry): Pair => {
    if (!isObject(entry)) throw new TypeError("Each query pair must be a name and a value");
    const items = [...entry];
    if (items.length !== 2) throw new TypeError("Each query pair must be a name and a value");
    return [asUsvString(items[0]), asUsvString(items[1])];
  });
}

function pairsOfRecord(init: object): Pair[] {
  const record = new Map<string, string>();
  for (const key of Reflect.ownKeys(init))
    if (Reflect.getOwnPropertyDescriptor(init, key)?.enumerable === true)
      record.set(asUsvString(key), asUsvString(Reflect.get(init, key)));
  return [...record];
}
