import { randomBytes, randomUUID } from "node:crypto";
import { type PermissionQuery, queryPermission } from "#contract/query-permission.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import {
  type GuestOperation,
  type Libraries,
  type LibraryName,
  SETTABLE_URL_PARTS,
  type UrlParts,
} from "../protocol.ts";
import { compress, decompress } from "./compression.ts";

/**
 * Operations that need nothing but Node's own functions: URLs, UTF-8 and randomness. Each takes hostile text
 * and returns text; "" is the answer to what is refused.
 */
const MOST_RANDOM_BYTES = 65_536;

type NativeOperation = Extract<
  GuestOperation,
  | "url"
  | "url-set"
  | "query-parse"
  | "query-format"
  | "uuid"
  | "random"
  | "utf8-encode"
  | "utf8-decode"
  | "utf8-decode-fatal"
  | "permission"
  | "library"
  | "compress"
  | "decompress"
>;

let libraries: Partial<Libraries> = {};

/** Called once, as the cell starts. */
export function keepLibraries(texts: Libraries): void {
  libraries = texts;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const fatalDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

const NATIVE: Record<NativeOperation, (payload: string) => string> = {
  url: (payload) => {
    const [input, base] = textList(payload);
    return input === undefined || !URL.canParse(input, base) ? "" : partsOf(new URL(input, base));
  },
  "url-set": (payload) => {
    const [href, property, value] = textList(payload);
    const settable = SETTABLE_URL_PARTS.find((name) => name === property);
    if (href === undefined || settable === undefined || value === undefined || !URL.canParse(href)) return "";
    const url = new URL(href);
    if (settable === "href" && !URL.canParse(value)) return "";
    url[settable] = value;
    return partsOf(url);
  },
  // A leading question mark is the query's own: the guest has taken off the one that is not.
  "query-parse": (payload) => JSON.stringify([...new URLSearchParams(`?${payload}`)]),
  "query-format": (payload) => {
    const pairs: unknown = JSON.parse(payload);
    return Array.isArray(pairs) ? new URLSearchParams(pairs.map(pairOf)).toString() : "";
  },
  library: (payload) => (Object.hasOwn(libraries, payload) ? (libraries[payload as LibraryName] ?? "") : ""), // an own key
  compress,
  decompress,
  uuid: () => randomUUID(),
  random: (payload) => {
    const bytes = Number(payload);
    return Number.isInteger(bytes) && bytes > 0 && bytes <= MOST_RANDOM_BYTES
      ? randomBytes(bytes).toString("base64")
      : "";
  },
  "utf8-encode": (payload) => Buffer.from(payload, "utf8").toString("base64"),
  "utf8-decode": (payload) => decoder.decode(Buffer.from(payload, "base64")),
  "utf8-decode-fatal": (payload) => {
    try {
      return `+${fatalDecoder.decode(Buffer.from(payload, "base64"))}`;
    } catch {
      return "-"; // not UTF-8: the guest throws its own error
    }
  },
  permission: (payload) => {
    // The guest's own copy, which the host made: what guest code changes in it deceives that code alone.
    const [manifest, query] = JSON.parse(payload) as [PermissionManifest, PermissionQuery];
    try {
      return JSON.stringify(queryPermission(manifest, query));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return JSON.stringify({ error: error instanceof TypeError ? "TypeError" : "URIError", message });
    }
  },
};

/** Answers a whole `send` text where it asks for nothing but Node's own functions; else "". */
export function answerNative(text: string): string {
  const end = text.indexOf("\n");
  return findNative(text.slice(0, end))?.(text.slice(end + 1)) ?? "";
}

export function findNative(op: string): ((payload: string) => string) | undefined {
  return Object.hasOwn(NATIVE, op) ? NATIVE[op as NativeOperation] : undefined; // an own key of the table
}

function textList(payload: string): string[] {
  const list: unknown = JSON.parse(payload);
  return Array.isArray(list) ? list.map(String) : [];
}

function pairOf(pair: unknown): [string, string] {
  return Array.isArray(pair) ? [String(pair[0]), String(pair[1])] : ["", ""];
}

function partsOf(url: URL): string {
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
  const parts: UrlParts = {
    href,
    origin,
    protocol,
    username,
    password,
    host,
    hostname,
    port,
    pathname,
    search,
    hash,
  };
  return JSON.stringify(parts);
}
