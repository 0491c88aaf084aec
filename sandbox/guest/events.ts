import { DOMException } from "./dom-exception.ts";
import { send } from "./bridge.ts";
import { reportError } from "./report-error.ts";
import { asDictionary, defineConstants, finishInterface, isObject, requireArguments } from "./web-idl.ts";

/** Events as the DOM standard has them, without a tree: the path of an event is its target. */
interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

interface EventFlags {
  type: string;
  bubbles: boolean;
  cancelable: boolean;
  composed: boolean;
  initialized: boolean;
  dispatching: boolean;
  canceled: boolean;
  stopped: boolean;
  stoppedAtOnce: boolean;
  inPassive: boolean;
  trusted: boolean;
  target: EventTarget | null;
  currentTarget: EventTarget | null;
}

const AT_TARGET = 2;
let flagsOf: (event: Event) => EventFlags;
/** Each event has it as its own, with one getter for all, and nobody can change it. */
const isTrusted = { get: trustedGetter(), enumerable: true };

function trustedGetter(): () => boolean {
  const { get } =
    Object.getOwnPropertyDescriptor(
      {
        get isTrusted(): boolean {
          return flagsOf(this).trusted; // or it throws
        },
      },
      "isTrusted",
    ) ?? {};
  return get as () => boolean; // the one above
}

export class Event {
  readonly #flags: EventFlags;
  readonly #timeStamp = Number(send("now", "")) || 0;

  constructor(type: string, init: EventInit = {}) {
    requireArguments(arguments.length, 1);
    const { bubbles, cancelable, composed } = asDictionary(init);
    this.#flags = {
      type: `${type}`,
      bubbles: Boolean(bubbles),
      cancelable: Boolean(cancelable),
      composed: Boolean(composed),
      initialized: true,
      dispatching: false,
      canceled: false,
      stopped: false,
      stoppedAtOnce: false,
      inPassive: false,
      trusted: false,
      target: null,
      currentTarget: null,
    };
    Object.defineProperty(this, "isTrusted", isTrusted);
  }

  get type(): string {
    return this.#flags.type;
  }

  get target(): EventTarget | null {
    return this.#flags.target;
  }

  get srcElement(): EventTarget | null {
    return this.#flags.target;
  }

  get currentTarget(): EventTarget | null {
    return this.#flags.currentTarget;
  }

  get eventPhase(): number {
    return this.#flags.currentTarget === null ? 0 : AT_TARGET;
  }

  get bubbles(): boolean {
    return this.#flags.bubbles;
  }

  get cancelable(): boolean {
    return this.#flags.cancelable;
  }

  get composed(): boolean {
    return this.#flags.composed;
  }

  get defaultPrevented(): boolean {
    return this.#flags.canceled;
  }

  get returnValue(): boolean {
    return !this.#flags.canceled;
  }

  set returnValue(value: unknown) {
    if (!value) this.preventDefault();
  }

  get cancelBubble(): boolean {
    return this.#flags.stopped;
  }

  set cancelBubble(value: unknown) {
    if (value) this.#flags.stopped = true;
  }

  get timeStamp(): number {
    return this.#timeStamp;
  }

  composedPath(): EventTarget[] {
    const { currentTarget } = this.#flags;
    return currentTarget === null ? [] : [currentTarget];
  }

  preventDefault(): void {
    if (this.#flags.cancelable && !this.#flags.inPassive) this.#flags.canceled = true;
  }

  stopPropagation(): void {
    this.#flags.stopped = true;
  }

  stopImmediatePropagation(): void {
    this.#flags.stopped = true;
    this.#flags.stoppedAtOnce = true;
  }

  initEvent(type: string, bubbles = false, cancelable = false): void {
    requireArguments(arguments.length, 1);
    if (this.#flags.dispatching) return;
    Object.assign(this.#flags, {
      type: `${type}`,
      bubbles: Boolean(bubbles),
      cancelable: Boolean(cancelable),
      canceled: false,
      stopped: false,
      stoppedAtOnce: false,
      trusted: false,
      target: null,
    });
  }

  static {
    flagsOf = (event) => event.#flags;
    finishInterface(Event, "Event");
    defineConstants(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET, BUBBLING_PHASE: 3 });
  }
}

export class CustomEvent extends Event {
  readonly #detail: unknown;

  constructor(type: string, init: EventInit & { detail?: unknown } = {}) {
    requireArguments(arguments.length, 1);
    super(type, init);
    this.#detail = asDictionary(init).detail ?? null;
  }

  get detail(): unknown {
    return this.#detail;
  }

  static {
    finishInterface(CustomEvent, "CustomEvent");
  }
}

export type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

interface Registration {
  type: string;
  callback: Listener;
  capture: boolean;
  once: boolean;
  passive: boolean;
  removed: boolean;
}

/** What a signal offers to listeners that end with it; the class itself lies in `abort.ts`. */
interface EndingSignal {
  readonly aborted: boolean;
}
export interface ListenerOptions {
  capture?: boolean;
  once?: boolean;
  passive?: boolean;
  signal?: EndingSignal;
}

let dispatchTo: (target: EventTarget, event: Event) => boolean;

export class EventTarget {
  #registrations: Registration[] = [];

  addEventListener(type: string, callback: Listener | null, options: ListenerOptions | boolean = {}): void {
    requireArguments(arguments.length, 2);
    const { capture, once, passive, signal } = flatten(options);
    const name = `${type}`;
    if (!(#registrations in this))
      throw new TypeError("addEventListener was called on what is no EventTarget");
    if (callback !== null && callback !== undefined && !isObject(callback))
      throw new TypeError("A listener is a function, an object with handleEvent, or null");
    const onAbort = signal === undefined ? undefined : require("./abort.ts").abortAlgorithms(signal);
    if (signal?.aborted === true || callback === null || callback === undefined) return;
    const same = (entry: Registration) =>
      entry.type === name && entry.callback === callback && entry.capture === capture;
    if (this.#registrations.some(same)) return;
    this.#registrations.push({ type: name, callback, capture, once, passive, removed: false });
    onAbort?.(() => this.removeEventListener(name, callback, { capture }));
  }

  removeEventListener(
    type: string,
    callback: Listener | null,
    options: ListenerOptions | boolean = {},
  ): void {
    requireArguments(arguments.length, 2);
    const capture = captureOf(options);
    const name = `${type}`;
    if (callback !== null && callback !== undefined && !isObject(callback))
      throw new TypeError("A listener is a function, an object with handleEvent, or null");
    const at = this.#registrations.findIndex(
      (entry) => entry.type === name && entry.callback === callback && entry.capture === capture,
    );
    if (at >= 0) this.#drop(at);
  }

  dispatchEvent(event: Event): boolean {
    requireArguments(arguments.length, 1);
    const flags = flagsOf(event);
    if (flags.dispatching || !flags.initialized)
      throw new DOMException("The event is being dispatched already", "InvalidStateError");
    flags.trusted = false;
    return this.#dispatch(event);
  }

  #dispatch(event: Event): boolean {
    const flags = flagsOf(event);
    flags.dispatching = true;
    flags.target = this;
    flags.currentTarget = this;
    const listening = this.#registrations.filter(({ type }) => type === flags.type);
    // At the target, listeners that capture come first.
    for (const capture of [true, false])
      if (!flags.stopped || capture)
        for (const registration of listening)
          if (registration.capture === capture && !registration.removed && !flags.stoppedAtOnce)
            this.#call(registration, event);
    flags.dispatching = false;
    flags.currentTarget = null;
    flags.stopped = false;
    flags.stoppedAtOnce = false;
    return !flags.canceled;
  }

  #call(registration: Registration, event: Event): void {
    const { callback } = registration;
    if (registration.once) this.#drop(this.#registrations.indexOf(registration));
    const flags = flagsOf(event);
    flags.inPassive = registration.passive;
    try {
      if (typeof callback === "function") callback.call(this, event);
      else handlerOf(callback).call(callback, event);
    } catch (thrown) {
      reportError(thrown);
    }
    flags.inPassive = false;
  }

  #drop(at: number): void {
    const [dropped] = this.#registrations.splice(at, 1);
    if (dropped !== undefined) dropped.removed = true;
  }

  static {
    dispatchTo = (target, event) => target.#dispatch(event);
    finishInterface(EventTarget, "EventTarget");
  }
}

function handlerOf(callback: { handleEvent(event: Event): unknown }): (event: Event) => unknown {
  const { handleEvent } = callback;
  if (typeof handleEvent !== "function") throw new TypeError("The listener's handleEvent is not a function");
  return handleEvent;
}

/** Dispatches an event of the platform's own: `isTrusted` is true. */
export function dispatchTrusted(target: EventTarget, event: Event): void {
  flagsOf(event).trusted = true;
  dispatchTo(target, event);
}

type Options = ListenerOptions | boolean | null | undefined;

function captureOf(options: Options): boolean {
  return Boolean(isObject(options) ? options.capture : options);
}

function flatten(options: Options) {
  const capture = captureOf(options);
  if (!isObject(options)) return { capture, once: false, passive: false, signal: undefined };
  const { once, passive, signal } = options;
  return { capture, once: Boolean(once), passive: Boolean(passive), signal };
}

const globalTarget = new EventTarget();
/** The global listens as a worker's does, for code that asks it to: nothing of the platform is dispatched there. */
export const globalListening = {
  addEventListener: globalTarget.addEventListener.bind(globalTarget),
  removeEventListener: globalTarget.removeEventListener.bind(globalTarget),
  dispatchEvent: globalTarget.dispatchEvent.bind(globalTarget),
};
