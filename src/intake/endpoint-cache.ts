import type { Clock } from "#contract/clock.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { EndpointChanges } from "#db/endpoint-changes.ts";
import type { Endpoint } from "./endpoint.ts";

/**
 * Endpoints in memory, by token.
 *
 * 1. What is answered is at most `staleMs` old: changes are polled; where the last poll that succeeded is older,
 *    an answer waits for a new one, and fails with it.
 * 2. A read that may have begun before a change that was seen meanwhile is not kept, nor joined.
 * 3. One token is read once at a time, however many ask.
 * 4. Tokens that nobody has cannot push out those that exist: they are kept apart, few and briefly, and reads are
 *    bounded in number and in line.
 */
export interface EndpointCacheOptions {
  load(token: string): Promise<Endpoint | undefined>;
  changesSince(version: number): Promise<EndpointChanges>;
  onError(error: unknown): void;
  pollMs?: number;
  staleMs?: number;
  capacity?: number;
  /** Monotonic: a clock that is set must not make anything older or newer. */
  now?: Clock;
}

const CAPACITY = 10_000;
const UNKNOWN_CAPACITY = 10_000;
const UNKNOWN_MS = 1_000;
const LOADS_AT_ONCE = 2;
const LOADS_WAITING = 500;
const POLL_MS = 300;
/** As `generateEndpointToken` makes them: anything else is not worth a query. */
const TOKEN = /^[0-9A-Za-z]{32}$/;

export class EndpointCache {
  readonly #options: EndpointCacheOptions;
  readonly #entries = new Map<string, Endpoint>();
  readonly #unknown = new Map<string, number>();
  readonly #loading = new Map<string, Promise<Endpoint | undefined>>();
  readonly #line: (() => void)[] = [];
  readonly #now: Clock;
  #loads = 0;
  #version: number | undefined;
  /** Raised by each poll that saw a change. */
  #epoch = 0;
  #polledAt = Number.NEGATIVE_INFINITY;
  #polling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EndpointCacheOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Endpoints held, and tokens remembered as unknown. */
  get size(): { known: number; unknown: number } {
    return { known: this.#entries.size, unknown: this.#unknown.size };
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#poll().catch(this.#options.onError);
    }, this.#options.pollMs ?? POLL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#polling?.catch(() => {}); // told to onError already
  }

  /** Undefined where no endpoint has the token. Rejects as the database does, or `engine/overloaded`. */
  async find(token: string): Promise<Endpoint | undefined> {
    if (!TOKEN.test(token)) return undefined;
    if (this.#now() - this.#polledAt > (this.#options.staleMs ?? LIMITS.endpointStaleMs)) await this.#poll();
    const known = this.#entries.get(token);
    if (known !== undefined) {
      // Used last is forgotten last: a Map keeps the order of insertion.
      this.#entries.delete(token);
      this.#entries.set(token, known);
      return known;
    }
    const unknownUntil = this.#unknown.get(token);
    if (unknownUntil !== undefined && unknownUntil > this.#now()) return undefined;
    return this.#loadOnce(token);
  }

  #loadOnce(token: string): Promise<Endpoint | undefined> {
    const running = this.#loading.get(token);
    if (running !== undefined) return running;
    const loading = this.#load(token).finally(() => {
      if (this.#loading.get(token) === loading) this.#loading.delete(token);
    });
    this.#loading.set(token, loading);
    return loading;
  }

  async #load(token: string): Promise<Endpoint | undefined> {
    await this.#enter();
    try {
      const epoch = this.#epoch;
      const endpoint = await this.#options.load(token);
      if (epoch === this.#epoch) this.#keep(token, endpoint);
      return endpoint;
    } finally {
      this.#loads -= 1;
      this.#line.shift()?.();
    }
  }

  async #enter(): Promise<void> {
    if (this.#loads >= LOADS_AT_ONCE) {
      if (this.#line.length >= LOADS_WAITING) {
        throw new EngineError(
          "engine/overloaded",
          "Too many endpoints are asked for that are not in memory; try again",
        );
      }
      await new Promise<void>((resolve) => {
        this.#line.push(resolve);
      });
    }
    this.#loads += 1;
  }

  #keep(token: string, endpoint: Endpoint | undefined): void {
    if (endpoint === undefined) {
      this.#unknown.set(token, this.#now() + UNKNOWN_MS);
      forgetOldest(this.#unknown, UNKNOWN_CAPACITY);
    } else {
      this.#entries.set(token, endpoint);
      forgetOldest(this.#entries, this.#options.capacity ?? CAPACITY);
    }
  }

  #poll(): Promise<void> {
    this.#polling ??= this.#pollOnce().finally(() => {
      this.#polling = undefined;
    });
    return this.#polling;
  }

  async #pollOnce(): Promise<void> {
    const askedAt = this.#now();
    const { version, flowIds } = await this.#options.changesSince(this.#version ?? 0);
    if (version !== this.#version) {
      this.#forget(this.#version === undefined ? undefined : flowIds);
      this.#epoch += 1;
      this.#version = version;
    }
    this.#polledAt = askedAt;
  }

  /** Undefined: all of them. */
  #forget(flowIds: readonly string[] | undefined): void {
    this.#unknown.clear();
    // Who asks from now on must not join a read that may have begun before the change.
    this.#loading.clear();
    if (flowIds === undefined) return this.#entries.clear();
    const changed = new Set(flowIds);
    for (const [token, endpoint] of this.#entries) {
      if (changed.has(endpoint.flowId)) this.#entries.delete(token);
    }
  }
}

function forgetOldest(map: Map<string, unknown>, capacity: number): void {
  if (map.size <= capacity) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
