import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Bundle } from "#contract/sandbox.ts";
import { LIMITS } from "#contract/limits.ts";
import { EngineError } from "#contract/errors.ts";
import { BUNDLE_FILE_NAME } from "../protocol.ts";
import type { CellProcess } from "./cell-process.ts";

/**
 * Bundles and their code caches, by trust domain and content hash. A cache comes from the compile-only cell,
 * carries a MAC of ours from the moment it arrives, and is never handed to another domain: V8 executes what a
 * cache says, whatever the source beside it says.
 */
const MOST_CHARACTERS = 64 * 1024 * 1024;
const SPARES_PER_BUNDLE = 2;
/** Below it compiling takes about a millisecond, and a cache is not worth a process. */
const CACHED_CHARACTERS = 50_000;

interface Stored {
  code: string;
  sourceMap?: string;
  cache?: { bytes: Uint8Array; mac: Buffer };
}

export type Compile = (code: string, fileName: string) => Promise<Uint8Array | undefined>;

export class BundleStore {
  readonly #compile: Compile;
  readonly #macKey = randomBytes(32);
  /** In order of last use. */
  readonly #stored = new Map<string, Promise<Stored>>();
  readonly #sizes = new Map<string, number>();
  #characters = 0;

  constructor(compile: Compile) {
    this.#compile = compile;
  }

  /** Gives a bound cell the bundle, unless it has it. Rejects with what `load` rejects with. */
  async give(cell: CellProcess, bundle: Bundle, spares: boolean): Promise<void> {
    if (cell.bundles.has(bundle.sha256)) return;
    const domainKey = cell.domainKey ?? "";
    const stored = await this.#get(domainKey, bundle);
    if (cell.bundles.has(bundle.sha256)) return;
    cell.bundles.add(bundle.sha256);
    cell.bundleCharacters = Math.max(cell.bundleCharacters, stored.code.length);
    const cache = this.#authentic(domainKey, bundle.sha256, stored);
    cell.send({
      type: "bundle",
      sha256: bundle.sha256,
      code: stored.code,
      spares: spares ? SPARES_PER_BUNDLE : 0,
      ...(cache === undefined ? {} : { cache }),
      ...(stored.sourceMap === undefined ? {} : { sourceMap: stored.sourceMap }),
    });
    if (cache === undefined && stored.code.length >= CACHED_CHARACTERS)
      void this.#compileFor(cell, bundle.sha256, stored);
  }

  /** A cell could not use it: the next one that needs it has another made. */
  async forgetCache(domainKey: string, sha256: string): Promise<void> {
    const stored = await this.#stored.get(`${domainKey}\0${sha256}`);
    delete stored?.cache;
  }

  #get(domainKey: string, bundle: Bundle): Promise<Stored> {
    const key = `${domainKey}\0${bundle.sha256}`;
    const found = this.#stored.get(key);
    const stored = found ?? this.#load(key, bundle);
    this.#stored.delete(key);
    this.#stored.set(key, stored);
    return stored;
  }

  async #load(key: string, bundle: Bundle): Promise<Stored> {
    try {
      const { code, sourceMap } = await bundle.load();
      if (code.length > LIMITS.bundleBytes)
        throw new EngineError(
          "request/payload-too-large",
          `Bundle ${bundle.sha256} has ${code.length} characters: at most ${LIMITS.bundleBytes} are run`,
        );
      this.#sizes.set(key, code.length + (sourceMap?.length ?? 0));
      this.#characters += this.#sizes.get(key) ?? 0;
      this.#evict(key);
      return { code, ...(sourceMap === undefined ? {} : { sourceMap }) };
    } catch (error) {
      this.#stored.delete(key);
      throw error;
    }
  }

  #evict(kept: string): void {
    for (const key of this.#stored.keys()) {
      if (this.#characters <= MOST_CHARACTERS) return;
      if (key === kept) continue;
      this.#stored.delete(key);
      this.#characters -= this.#sizes.get(key) ?? 0;
      this.#sizes.delete(key);
    }
  }

  async #compileFor(cell: CellProcess, sha256: string, stored: Stored): Promise<void> {
    const domainKey = cell.domainKey ?? "";
    const bytes = await this.#compile(stored.code, BUNDLE_FILE_NAME);
    if (bytes === undefined) return;
    stored.cache ??= { bytes, mac: this.#mac(domainKey, sha256, bytes) };
    cell.send({ type: "bundle-cache", sha256, cache: stored.cache.bytes });
  }

  #authentic(domainKey: string, sha256: string, stored: Stored): Uint8Array | undefined {
    const { cache } = stored;
    if (cache === undefined) return undefined;
    if (timingSafeEqual(cache.mac, this.#mac(domainKey, sha256, cache.bytes))) return cache.bytes;
    delete stored.cache;
    return undefined;
  }

  #mac(domainKey: string, sha256: string, bytes: Uint8Array): Buffer {
    const { node, v8 } = process.versions;
    const name = JSON.stringify([domainKey, sha256, node, v8]);
    return createHmac("sha256", this.#macKey).update(name).update("\0").update(bytes).digest();
  }
}
