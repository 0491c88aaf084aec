import ivm from "isolated-vm";
import {
  BUNDLE_FILE_NAME,
  DISPATCH_GLOBAL,
  EVALUATION_FAILED_GLOBAL,
  GUEST_FILE_NAME,
  SEND_CHARACTERS,
  SEND_GLOBAL,
  STILL_GLOBAL,
} from "../protocol.ts";

import { SubtleKeys } from "./subtle-keys.ts";

/**
 * One isolate with the guest's runtime in it, and, once evaluated, an author's bundle. Only text crosses:
 * arguments and results of `dispatch` and `send` are strings, thrown values stay inside.
 */
export interface ScriptText {
  code: string;
  cache?: Uint8Array;
  /** An author's: known to be a script by itself, which nothing put around it can change. */
  isWhole?: boolean;
  /** How long it took to evaluate it for a run. Only of what came to an end there spares are made. */
  provenMs?: number;
}

export interface IsolateOptions {
  heapMb: number;
  guest: ScriptText;
  still?: { nowMs: number; seed: number };
}

/** What the library adds to a compiled script and its types leave out. */
type CompiledScript = ivm.Script & {
  cachedDataRejected?: boolean;
  cachedData?: ivm.ExternalCopy<ArrayBuffer>;
};

/** Answers one `send`. May not throw: a host error that reached the guest would show it our paths. */
export type AnswerGuest = (text: string) => string;

/**
 * The author's code as it is compiled, here and by the compile-only cell: the code cache must match. No thrown value
 * leaves the isolate, whatever the code has done to the function that takes it.
 */
export function wrapBundle(code: string): string {
  const directive = /^\s*(["'])use strict\1/.test(code) ? `"use strict";` : "";
  return `${directive}try{${code}\n}catch(e){try{${EVALUATION_FAILED_GLOBAL}(e)}catch{}}`;
}

/** Columns of the first line that `wrapBundle` has put before the author's. */
function wrapperColumns(code: string): number {
  return wrapBundle(code).indexOf("try{") + 4;
}

export class GuestIsolate {
  readonly #isolate: ivm.Isolate;
  readonly #context: ivm.Context;
  readonly #dispatch: ivm.Reference<(text: string) => void>;
  /** Keys of `crypto.subtle`; they go with the isolate. */
  readonly keys = new SubtleKeys();
  /** Set by whoever holds the isolate; a spare answers nothing. */
  answer: AnswerGuest = () => "";
  /** Code caches that did not fit this V8 or these flags: they cost time, never correctness. */
  readonly rejectedCaches = new Set<"guest" | "bundle">();

  constructor({ heapMb, guest, still }: IsolateOptions) {
    this.#isolate = new ivm.Isolate({ memoryLimit: heapMb });
    this.#context = this.#isolate.createContextSync();
    const global = this.#context.global;
    global.setSync(SEND_GLOBAL, new ivm.Callback((text: unknown) => this.#receive(text), { sync: true }));
    if (still !== undefined) global.setSync(STILL_GLOBAL, JSON.stringify(still));
    if (this.#run(guest.code, GUEST_FILE_NAME, { cache: guest.cache, columns: 0 }))
      this.rejectedCaches.add("guest");
    this.#dispatch = global.getSync(DISPATCH_GLOBAL, { reference: true });
    global.deleteSync(DISPATCH_GLOBAL);
  }

  /** Evaluates the author's bundle. Throws only for what ends the isolate: a limit, or code that cannot be parsed. */
  evaluate(bundle: ScriptText, timeoutMs: number): void {
    this.#assertWhole(bundle);
    const columns = wrapperColumns(bundle.code);
    if (this.#run(wrapBundle(bundle.code), BUNDLE_FILE_NAME, { cache: bundle.cache, columns, timeoutMs }))
      this.rejectedCaches.add("bundle");
  }

  /** One burst: returns when the guest and its microtasks have come to rest. Throws when a limit ended it. */
  dispatch(text: string, timeoutMs: number): void {
    this.#dispatch.applySync(undefined, [text], { timeout: timeoutMs });
  }

  /** Megabytes in use. Not while a burst runs. */
  heapMb(): number {
    if (this.#isolate.isDisposed) return 0;
    try {
      const { used_heap_size, externally_allocated_size } = this.#isolate.getHeapStatisticsSync();
      return (used_heap_size + externally_allocated_size) / 1_048_576;
    } catch {
      return 0; // a rejection that the guest left unhandled surfaces here: it is the guest's, and tells us nothing
    }
  }

  get isDisposed(): boolean {
    return this.#isolate.isDisposed;
  }

  dispose(): void {
    this.answer = () => "";
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  /** What parses only together with the wrapper has a brace that ends the wrapper's `try`. */
  #assertWhole(bundle: ScriptText): void {
    if (bundle.isWhole === true) return;
    this.#isolate.compileScriptSync(bundle.code, { filename: BUNDLE_FILE_NAME }).release();
    bundle.isWhole = true;
  }

  /** Whether the cache was rejected. */
  #run(
    code: string,
    filename: string,
    options: { cache: Uint8Array | undefined; columns: number; timeoutMs?: number },
  ): boolean {
    const script: CompiledScript = this.#isolate.compileScriptSync(code, {
      filename,
      columnOffset: 0 - options.columns,
      ...(options.cache === undefined ? {} : { cachedData: shareable(options.cache) }),
    });
    script.runSync(this.#context, options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs });
    script.release();
    return script.cachedDataRejected === true;
  }

  #receive(text: unknown): string {
    if (typeof text !== "string" || text.length > SEND_CHARACTERS) return "";
    try {
      return this.answer(text);
    } catch {
      return ""; // the guest learns nothing of our errors; what it asked for was refused
    }
  }
}

/** One copy of a code cache for all isolates: a new one for each left holes of its size in the allocator's memory. */
const shared = new WeakMap<Uint8Array, ivm.ExternalCopy<ArrayBuffer>>();

function shareable(cache: Uint8Array): ivm.ExternalCopy<ArrayBuffer> {
  const found = shared.get(cache) ?? new ivm.ExternalCopy(new Uint8Array(cache).buffer);
  shared.set(cache, found);
  return found;
}

/** Compiles an author's bundle without running it and returns V8's code cache for it. */
export function compileOnly(code: string): Uint8Array | undefined {
  const isolate = new ivm.Isolate({ memoryLimit: 256 });
  try {
    const columnOffset = 0 - wrapperColumns(code);
    const options = { filename: BUNDLE_FILE_NAME, columnOffset, produceCachedData: true };
    const script: CompiledScript = isolate.compileScriptSync(wrapBundle(code), options);
    const cache = script.cachedData;
    return cache === undefined ? undefined : new Uint8Array(cache.copy());
  } finally {
    isolate.dispose();
  }
}
