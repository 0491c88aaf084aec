import type { UrlParts } from "../protocol.ts";
import { parse, send, stringify } from "./bridge.ts";
import { URLSearchParams } from "./url-search-params.ts";

type SettablePart = Exclude<keyof UrlParts, "origin">;

/** A URL whose parsing is the cell's own `URL`: 0.1 ms, where a parser in the isolate costs 13 ms to load. */
export class URL {
  #parts: UrlParts;
  #params: URLSearchParams | undefined;

  constructor(input: unknown, base?: unknown) {
    const parts = parseUrl(input, base);
    if (parts === undefined) throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" });
    this.#parts = parts;
  }

  static canParse(input: unknown, base?: unknown): boolean {
    return parseUrl(input, base) !== undefined;
  }

  static parse(input: unknown, base?: unknown): URL | null {
    return URL.canParse(input, base) ? new URL(input, base) : null;
  }

  get searchParams(): URLSearchParams {
    this.#params ??= URLSearchParams.bound(this.#parts.search, (query) => this.#set("search", query));
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

  #set(property: SettablePart, value: string): void {
    const answer = send("url-set", stringify([this.#parts.href, property, value]));
    if (answer === "") throw new TypeError("Invalid URL");
    this.#parts = parse(answer) as UrlParts; // written by the cell
  }

  static {
    const properties: SettablePart[] = [
      "href",
      "protocol",
      "username",
      "password",
      "host",
      "hostname",
      "port",
      "pathname",
      "search",
      "hash",
    ];
    for (const property of properties) {
      Object.defineProperty(URL.prototype, property, {
        configurable: true,
        enumerable: true,
        get(this: URL) {
          return this.#parts[property];
        },
        set(this: URL, value: unknown) {
          this.#set(property, String(value));
          if (this.#params !== undefined) URLSearchParams.refresh(this.#params, this.#parts.search);
        },
      });
    }
  }
}

function parseUrl(input: unknown, base: unknown): UrlParts | undefined {
  const answer = send("url", stringify(base === undefined ? [String(input)] : [String(input), String(base)]));
  return answer === "" ? undefined : (parse(answer) as UrlParts); // written by the cell
}
