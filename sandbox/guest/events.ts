import { DOMException } from "./dom-exception.ts";
import { timerFunctions } from "./timers.ts";

/** Events without a tree: what AbortSignal and a library's emitter need. */
export class Event {
  readonly type: string;
  readonly bubbles = false;
  readonly cancelable: boolean;
  readonly timeStamp = Date.now();
  defaultPrevented = false;
  target: EventTarget | null = null;
  currentTarget: EventTarget | null = null;
  /** Read by the dispatching target alone. */
  stopped = false;

  constructor(type: string, init: { cancelable?: boolean } = {}) {
    this.type = String(type);
    this.cancelable = init.cancelable ?? false;
  }

  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true;
  }

  stopPropagation(): void {}

  stopImmediatePropagation(): void {
    this.stopped = true;
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown;

  constructor(type: string, init: { cancelable?: boolean; detail?: unknown } = {}) {
    super(type, init);
    this.detail = init.detail ?? null;
  }
}

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };
interface Registration {
  listener: Listener;
  once: boolean;
}

export class EventTarget {
  readonly #listeners = new Map<string, Registration[]>();

  addEventListener(
    type: string,
    listener: Listener | null,
    options: boolean | { once?: boolean; signal?: AbortSignal } = {},
  ): void {
    if (listener === null || listener === undefined) return;
    const { once = false, signal } = typeof options === "boolean" ? {} : options;
    if (signal?.aborted === true) return;
    const registered = this.#listeners.get(type) ?? [];
    if (registered.some((entry) => entry.listener === listener)) return;
    this.#listeners.set(type, [...registered, { listener, once }]);
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    const registered = this.#listeners.get(type);
    if (registered === undefined) return;
    this.#listeners.set(
      type,
      registered.filter((entry) => entry.listener !== listener),
    );
  }

  dispatchEvent(event: Event): boolean {
    event.target = this;
    event.currentTarget = this;
    for (const { listener, once } of this.#listeners.get(event.type) ?? []) {
      if (event.stopped) break;
      if (once) this.removeEventListener(event.type, listener);
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    }
    event.currentTarget = null;
    return !event.defaultPrevented;
  }
}

const CONSTRUCTION = Symbol("construction");

export class AbortSignal extends EventTarget {
  aborted = false;
  reason: unknown = undefined;
  onabort: ((event: Event) => unknown) | null = null;

  constructor(permit?: symbol) {
    super();
    if (permit !== CONSTRUCTION) throw new TypeError("Illegal constructor");
  }

  static make(): AbortSignal {
    return new AbortSignal(CONSTRUCTION);
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = AbortSignal.make();
    abortSignal(signal, reason);
    return signal;
  }

  static timeout(milliseconds: number): AbortSignal {
    const signal = AbortSignal.make();
    timerFunctions.setTimeout(
      () => abortSignal(signal, new DOMException("The operation timed out.", "TimeoutError")),
      milliseconds,
    );
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const joined = AbortSignal.make();
    for (const signal of signals) {
      if (signal.aborted) {
        abortSignal(joined, signal.reason);
        break;
      }
      signal.addEventListener("abort", () => abortSignal(joined, signal.reason), { once: true });
    }
    return joined;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
}

function abortSignal(signal: AbortSignal, reason?: unknown): void {
  if (signal.aborted) return;
  signal.aborted = true;
  signal.reason = reason ?? new DOMException("This operation was aborted", "AbortError");
  const event = new Event("abort");
  signal.onabort?.(event);
  signal.dispatchEvent(event);
}

export class AbortController {
  readonly signal = AbortSignal.make();

  abort(reason?: unknown): void {
    abortSignal(this.signal, reason);
  }
}
