import type { SandboxError, SandboxLogLine, SandboxOutcome } from "#contract/sandbox.ts";

/**
 * What crosses the two borders of the sandbox, and nothing else does.
 *
 *   host ⇄ cell   structured messages over the child's channel (`HostMessage`, `CellMessage`)
 *   cell ⇄ guest  text only: the guest calls `send(op + "\n" + payload)` and gets text back at once; the cell
 *                 calls `dispatch(text)`. A frame is one line of JSON followed by parts that are never escaped.
 *
 * Everything that comes from the guest is hostile, everything that comes from a cell is checked by the host.
 * This file has no imports at run time: it is bundled into the isolate too.
 */

/** Where a step asks for the instance's state: no address, the host itself answers. */
export const STATE_URL = "millrace-state:";

/** Where it starts other flows. */
export const CALLS_URL = "millrace-flows:";

/** An author's bundle is a script that leaves its default export under this global's name. */
export const INTEGRATION_GLOBAL = "__millraceIntegration";
/** Globals that exist only while an isolate is being made; the guest's runtime deletes them. */
export const SEND_GLOBAL = "__millraceSend";
export const DISPATCH_GLOBAL = "__millraceDispatch";
/** `{ nowMs, seed }`, where time stands still and randomness is seeded. */
export const STILL_GLOBAL = "__millraceStill";
export const EVALUATION_FAILED_GLOBAL = "__millraceEvaluationFailed";

/** What the default export of a bundle is. `definition` is parsed by `contract/definition.ts`. */
export interface GuestIntegration {
  definition: unknown;
  functions: { [flowKey: string]: { [stepKey: string]: (context: never) => unknown } };
}

/** Name of an author's bundle in stack traces, before a source map replaces it. */
export const BUNDLE_FILE_NAME = "integration.js";
export const GUEST_FILE_NAME = "millrace:guest";

// ---------------------------------------------------------------------------------------------------------
// cell ⇄ guest

/** Operations of `send`. The answer is "" where nothing is said. */
export type GuestOperation =
  | "ready" // payload: "" or the JSON of a SandboxError: the bundle has been evaluated
  | "result" // frame of ResultHeader, one part: the output's JSON text
  | "log" // severity "\n" message
  | "timer" // id " " milliseconds
  | "clear" // id
  | "fetch" // frame of FetchHeader, one part: the body as text or base64
  | "abort" // id of a fetch
  | "body" // fetch id " text" or " base64" → the response's body
  | "url" // JSON [input, base?] → JSON UrlParts, or "" where it is invalid
  | "url-set" // JSON [href, property, value] → JSON UrlParts
  | "query-parse" // query text → JSON [name, value][]
  | "query-format" // JSON [name, value][] → query text
  | "uuid" // → a random UUID
  | "random" // number of bytes → base64
  | "utf8-encode" // text → base64
  | "utf8-decode" // base64 → text
  | "permission" // JSON [PermissionManifest, { name, host?, variable? }] → JSON { state, partial } or { error, message }
  | "utf8-decode-fatal" // base64 → "+" text, or "-" where it is not UTF-8
  | "library" // LibraryName → its script
  | "compress" // format " " base64 → "+" base64, or why not
  | "decompress" // as "compress"
  | "subtle" // frame of SubtleHeader, one part: JSON of the arguments → "+" where it will be answered, else why not
  | "now"; // → milliseconds since the isolate's step began, coarse

/** What of a URL can be set; its origin follows from the others. */
export const SETTABLE_URL_PARTS = [
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
] as const; // as const: its members are the property names below

export type UrlParts = Record<(typeof SETTABLE_URL_PARTS)[number] | "origin", string>;

/** Scripts of kept libraries, which an isolate evaluates when a step needs one. */
export const LIBRARY_NAMES = ["streams", "encodings", "url-pattern"] as const;
export type LibraryName = (typeof LIBRARY_NAMES)[number];
export type Libraries = Record<LibraryName, string>;

/** A call of `crypto.subtle`. In the arguments, `$bytes`, `$key` and `$object` mark what JSON has not. */
export interface SubtleHeader {
  id: number;
  method:
    | "encrypt"
    | "decrypt"
    | "sign"
    | "verify"
    | "digest"
    | "generateKey"
    | "deriveKey"
    | "deriveBits"
    | "importKey"
    | "exportKey"
    | "wrapKey"
    | "unwrapKey";
  lengths: number[];
}

/** Header of the frame that answers it; where `ok`, one part: JSON of the result. */
export type SubtleAnswer =
  | { op: "subtle"; id: number; ok: true; lengths?: number[] }
  | { op: "subtle"; id: number; ok: false; name: string; message: string };

/** What a guest learns of a key. Its bytes stay in the cell. */
export interface SubtleKey {
  id: number;
  type: string;
  extractable: boolean;
  algorithm: unknown;
  usages: string[];
}

/** Header of the frame that starts a step. Parts: trigger body, config JSON, then one part per output. */
export interface StepHeader {
  op: "step";
  flowKey: string;
  stepKey: string;
  path: string;
  attempt: number;
  executionId: string;
  idempotencyKey: string;
  outputCharacters: number;
  /** The step's effective permissions, for `permissions.query`; the host's own decide. */
  permissions: unknown;
  /** Only with the first step of an isolate. */
  trigger?: {
    kind: string;
    method: string;
    path: string;
    query: string;
    headers: [string, string][];
    encoding: "utf8" | "base64";
    receivedAtMs: number;
  };
  /** Keys of the outputs in the parts, in order. */
  outputKeys: string[];
  lengths: number[];
}

/** Header of the frame that answers a fetch. The body stays in the cell until it is asked for. */
export type FetchAnswer =
  | {
      op: "fetched";
      id: number;
      ok: true;
      status: number;
      statusText: string;
      url: string;
      redirected: boolean;
      headers: [string, string][];
      bodyBytes: number;
    }
  | {
      op: "fetched";
      id: number;
      ok: false;
      name: "NotCapable" | "TypeError" | "AbortError";
      message: string;
    };

export type GuestDispatch =
  | StepHeader
  | FetchAnswer
  | SubtleAnswer
  | { op: "timer"; id: number }
  | { op: "ready" }
  | { op: "definition"; outputCharacters: number };

export interface ResultHeader {
  outcome: Extract<SandboxOutcome, "ok" | "threw" | "not-capable" | "output-too-large">;
  error?: SandboxError;
  lengths: number[];
}

export interface FetchHeader {
  id: number;
  url: string;
  method: string;
  headers: [string, string][];
  redirect: "follow" | "manual" | "error";
  bodyEncoding?: "utf8" | "base64";
  lengths: number[];
}

// Taken as this file is loaded: in the isolate that is before any author's code, which may patch JSON.
const { parse, stringify } = JSON;

/** One line of JSON, then the parts as they are: text of megabytes is never escaped twice. */
export function encodeFrame(header: object, parts: readonly string[] = []): string {
  // By index and with no method: in the isolate they may be an author's by now.
  const lengths: number[] = [];
  let text = "";
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? "";
    lengths[at] = part.length;
    text += part;
  }
  return `${stringify({ ...header, lengths })}\n${text}`;
}

/** Throws where the text is no frame, to its last character. The header's shape is the caller's to check. */
export function decodeFrame(text: string): { header: unknown; parts: string[] } {
  const end = text.indexOf("\n");
  if (end < 0) throw new RangeError("A frame has no header line");
  const header: unknown = parse(text.slice(0, end));
  const lengths =
    typeof header === "object" && header !== null && "lengths" in header && Array.isArray(header.lengths)
      ? header.lengths
      : [];
  const parts: string[] = [];
  let at = end + 1;
  for (const length of lengths) {
    if (typeof length !== "number" || !(length >= 0) || at + length > text.length)
      throw new RangeError("A frame's parts are longer than its text");
    parts.push(text.slice(at, at + length));
    at += length;
  }
  if (at !== text.length) throw new RangeError("A frame's parts are shorter than its text");
  return { header, parts };
}

// ---------------------------------------------------------------------------------------------------------
// host ⇄ cell

/** Characters of one `send` beyond which the cell refuses to look at it. */
export const SEND_CHARACTERS = 32 * 1024 * 1024;
/** Of one request, its body included: base64 of the largest body, and room for its headers. */
export const FETCH_CHARACTERS = 8 * 1024 * 1024;
/** Of a frame's first line, where the guest writes it. */
export const HEADER_CHARACTERS = 1024 * 1024;
/** Isolates that may be parked in one cell. */
export const ISOLATES_PER_CELL = 176;
/** A burst that lasts longer is reported, so that a kill names its culprit. */
export const BURST_REPORT_MS = 40;
/** `uid` and `gid` of a cell whose parent may choose. */
export const CELL_UID = 65534;

export interface RunLimits {
  /** Of one step, all bursts together. The evaluation of a bundle has the same again. */
  cpuMs: number;
  timeoutMs: number;
  heapMb: number;
  outputCharacters: number;
  timers: number;
  fetches: number;
  /** Of all requests of the step that have no answer yet. */
  fetchCharacters: number;
  logLines: number;
  logLineCharacters: number;
}

export type HostMessage =
  | {
      type: "start";
      role: "run" | "compile";
      guestCode: string;
      guestCache?: Uint8Array;
      libraries: Libraries;
    }
  | { type: "bundle"; sha256: string; code: string; cache?: Uint8Array; sourceMap?: string; spares: number }
  | { type: "bundle-cache"; sha256: string; cache: Uint8Array }
  | { type: "step"; run: number; lease: number; sha256: string; limits: RunLimits; text: string }
  | { type: "definition"; run: number; sha256: string; limits: RunLimits; nowMs: number; seed: number }
  | { type: "fetched"; run: number; answer: FetchAnswer; body?: Uint8Array }
  | { type: "cancel"; run: number }
  | { type: "close"; lease: number }
  /** Answered by the thread that runs guest code, through the other: both are well. */
  | { type: "ping" }
  | { type: "compile"; id: number; code: string; fileName: string };

/** What a step came to, as the cell saw it. */
export interface RunResult {
  outcome: SandboxOutcome;
  output?: string;
  error?: SandboxError;
  logs: SandboxLogLine[];
  logsDropped: number;
  /** Until the isolate was ready. */
  readyMs: number;
  runMs: number;
  cpuMs: number;
  heapMb: number;
  /** False where the isolate is gone and the next step needs another. */
  isolateKept: boolean;
}

export type CellMessage =
  | { type: "ready"; selfTest: SelfTestReport }
  | { type: "result"; run: number; result: RunResult }
  | { type: "fetch"; run: number; header: FetchHeader; body: string }
  | { type: "fetch-abort"; run: number; id: number }
  /** What was left as the burst began, `sinceMs` ago at least. */
  | { type: "burst"; run: number; cpuLeftMs: number; wallLeftMs: number; sinceMs: number }
  | { type: "burst-end"; run: number }
  | { type: "logs"; run: number; from: number; lines: SandboxLogLine[] }
  | { type: "spares"; count: number }
  | { type: "pong" }
  /** A run has ended, and what it had begun beside its bursts goes on: nothing but the cell's end stops that. */
  | { type: "overrun"; run: number; sha256: string }
  /** Of a bundle, or of the guest's runtime. */
  | { type: "cache-rejected"; sha256?: string }
  | { type: "compiled"; id: number; cache?: Uint8Array };

/** Each probe's code by name; `failures` lists the probes that were not denied as they must be. */
export interface SelfTestReport {
  main: Record<string, string>;
  thread: Record<string, string>;
  failures: string[];
  rssMb: number;
}
