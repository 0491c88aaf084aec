import { DOMException } from "./dom-exception.ts";
import { dispatchTrusted, Event, EventTarget, type Listener } from "./events.ts";
import { timerFunctions } from "./timers.ts";
import { finishInterface, requireArguments } from "./web-idl.ts";

const CONSTRUCTION = Symbol("construction");
type Algorithm = () => void;

interface SignalState {
  aborted: boolean;
  reason: unknown;
  algorithms: Set<Algorithm>;
  /** Of a joined signal: the signals that can abort it, none of them joined itself. */
  sources: Set<AbortSignal>;
  dependents: Set<AbortSignal>;
  isJoined: boolean;
}
let stateOf: (signal: AbortSignal) => SignalState;

export class AbortSignal extends EventTarget {
  readonly #state: SignalState = {
    aborted: false,
    reason: undefined,
    algorithms: new Set(),
    sources: new Set(),
    dependents: new Set(),
    isJoined: false,
  };
  #onabort: { handler: unknown; listener: Listener } | null = null;

  constructor(permit?: symbol) {
    if (permit !== CONSTRUCTION) throw new TypeError("Illegal constructor");
    super();
  }

  static abort(reason: unknown = undefined): AbortSignal {
    const signal = createSignal();
    markAborted(signal, reason);
    return signal;
  }

  static timeout(milliseconds: number): AbortSignal {
    requireArguments(arguments.length, 1);
    const delayMs = Number(milliseconds);
    if (!(delayMs >= 0) || delayMs > Number.MAX_SAFE_INTEGER)
      throw new TypeError("The timeout is not a number of milliseconds");
    const signal = createSignal();
    timerFunctions.setTimeout(
      () => abortSignal(signal, new DOMException("The operation timed out.", "TimeoutError")),
      delayMs,
    );
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    requireArguments(arguments.length, 1);
    const all = [...signals];
    const joined = createSignal();
    const state = stateOf(joined);
    state.isJoined = true;
    for (const signal of all) stateOf(signal);
    const aborted = all.find((signal) => signal.aborted);
    if (aborted !== undefined) {
      markAborted(joined, aborted.reason);
      return joined;
    }
    for (const signal of all)
      for (const source of stateOf(signal).isJoined ? stateOf(signal).sources : [signal]) {
        state.sources.add(source);
        stateOf(source).dependents.add(joined);
      }
    return joined;
  }

  get aborted(): boolean {
    return this.#state.aborted;
  }

  get reason(): unknown {
    return this.#state.reason;
  }

  get onabort(): unknown {
    return this.#onabort?.handler ?? null;
  }

  set onabort(handler: unknown) {
    const isHandler = typeof handler === "function" || (typeof handler === "object" && handler !== null);
    if (this.#onabort !== null && !isHandler) {
      this.removeEventListener("abort", this.#onabort.listener);
      this.#onabort = null;
    }
    if (!isHandler) return;
    if (this.#onabort !== null) {
      this.#onabort.handler = handler;
      return;
    }
    // The place in the order of listeners is that of the first handler.
    const listener = (event: Event) => {
      const current = this.#onabort?.handler;
      if (typeof current === "function") current.call(this, event);
    };
    this.#onabort = { handler, listener };
    this.addEventListener("abort", listener);
  }

  throwIfAborted(): void {
    if (this.#state.aborted) throw this.#state.reason;
  }

  static {
    stateOf = (signal) => signal.#state;
    finishInterface(AbortSignal, "AbortSignal");
  }
}

export class AbortController {
  readonly #signal = createSignal();

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason: unknown = undefined): void {
    abortSignal(this.#signal, reason);
  }

  static {
    finishInterface(AbortController, "AbortController");
  }
}

export function createSignal(): AbortSignal {
  return new AbortSignal(CONSTRUCTION);
}

/**
 * Where to put what shall happen when the signal aborts, before its listeners hear of it. The answer's answer
 * takes it away again. Throws for what is no signal.
 */
export function abortAlgorithms(signal: unknown): (algorithm: Algorithm) => () => void {
  if (!(signal instanceof AbortSignal)) throw new TypeError("The signal is not an AbortSignal");
  const { algorithms } = stateOf(signal);
  return (algorithm) => {
    algorithms.add(algorithm);
    return () => algorithms.delete(algorithm);
  };
}

function abortSignal(signal: AbortSignal, reason: unknown): void {
  if (stateOf(signal).aborted) return;
  markAborted(signal, reason);
  const dependents = [...stateOf(signal).dependents].filter((dependent) => !stateOf(dependent).aborted);
  for (const dependent of dependents) markAborted(dependent, signal.reason);
  for (const aborted of [signal, ...dependents]) tellAborted(aborted);
}

function markAborted(signal: AbortSignal, reason: unknown): void {
  const state = stateOf(signal);
  state.aborted = true;
  state.reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
}

function tellAborted(signal: AbortSignal): void {
  const { algorithms } = stateOf(signal);
  for (const algorithm of algorithms) algorithm();
  algorithms.clear();
  dispatchTrusted(signal, new Event("abort"));
}
