import { SETTABLE_URL_PARTS, type UrlParts } from "../protocol.ts";
import { parse, send, stringify } from "./bridge.ts";
import { boundParams, refreshParams, type URLSearchParams } from "./url-search-params.ts";
import { asUsvString, finishInterface, requireArguments } from "./web-idl.ts";

/** A URL whose parsing is the cell's own `URL`: 0.1 ms, where a parser in the isolate costs 13 ms to load. */
export class URL {
  #parts: UrlParts;
  #params: URLSearchParams | undefined;

  constructor(url: unknown, base: unknown = undefined) {
    requireArguments(arguments.length, 1);
    const parts = parseUrl(url, base);
    if (parts === undefined) throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" });
    this.#parts = parts;
  }

  static canParse(url: unknown, base: unknown = undefined): boolean {
    requireArguments(arguments.length, 1);
    return parseUrl(url, base) !== undefined;
  }

  static parse(url: unknown, base: unknown = undefined): URL | null {
    requireArguments(arguments.length, 1);
    return parseUrl(url, base) === undefined ? null : new URL(url, base);
  }

  get searchParams(): URLSearchParams {
    this.#params ??= boundParams(this.#parts.search, (query) => this.#set("search", query));
    return this.#params;
  }

  get origin(): string {
    return this.#parts.origin;
  }

  toString(): string {
    return this.#parts.href;
  }

  toJSON(): string {
    return this.#parts.href;
  }

  #set(property: (typeof SETTABLE_URL_PARTS)[number], value: string): void {
    const answer = send("url-set", stringify([this.#parts.href, property, value]));
    if (answer !== "") this.#parts = parse(answer) as UrlParts; // written by the cell
    else if (property === "href") throw new TypeError("Invalid URL");
  }

  static {
    for (const property of SETTABLE_URL_PARTS) {
      const get = function (this: URL) {
        return this.#parts[property];
      };
      const set = function (this: URL, value: unknown) {
        this.#set(property, asUsvString(value));
        if (this.#params !== undefined && (property === "search" || property === "href"))
          refreshParams(this.#params, this.#parts.search);
      };
      Object.defineProperty(get, "name", { value: `get ${property}` });
      Object.defineProperty(set, "name", { value: `set ${property}` });
      Object.defineProperty(URL.prototype, property, { configurable: true, enumerable: true, get, set });
    }
    finishInterface(URL, "URL");
  }
}

function parseUrl(url: unknown, base: unknown): UrlParts | undefined {
  const input = asUsvString(url);
  const answer = send("url", stringify(base === undefined ? [input] : [input, asUsvString(base)]));
  return answer === "" ? undefined : (parse(answer) as UrlParts); // written by the cell
}
