import { send } from "./bridge.ts";
import { reportError } from "./report-error.ts";

/** Timers live in the cell, which forgets them when the step ends. */
interface Timer {
  callback: (...args: unknown[]) => unknown;
  args: unknown[];
  repeatMs?: number;
}

const timers = new Map<number, Timer>();
let lastId = 0;

function start(timer: Timer, delayMs: number): number {
  if (typeof timer.callback !== "function") throw new TypeError("A timer needs a function to call");
  const id = ++lastId;
  timers.set(id, timer);
  arm(id, delayMs);
  return id;
}

function arm(id: number, delayMs: number): void {
  // A delay is a `long`: what is above wraps around, and what is below none is none.
  const delay = Math.max(Number(delayMs) | 0, 0);
  if (send("timer", `${id} ${delay}`) !== "") {
    timers.delete(id);
    throw new RangeError("Too many timers are pending in this step");
  }
}

function clear(id: unknown): void {
  if (typeof id === "number" && timers.delete(id)) send("clear", String(id));
}

export function fireTimer(id: number): void {
  const timer = timers.get(id);
  if (timer === undefined) return;
  if (timer.repeatMs === undefined) timers.delete(id);
  else arm(id, timer.repeatMs);
  timer.callback(...timer.args);
}

/** A step's timers end with it. */
export function forgetTimers(): void {
  timers.clear();
}

export const timerFunctions = {
  setTimeout: (callback: Timer["callback"], delayMs = 0, ...args: unknown[]) =>
    start({ callback, args }, delayMs),
  setInterval: (callback: Timer["callback"], delayMs = 0, ...args: unknown[]) =>
    start({ callback, args, repeatMs: Math.max(1, delayMs) }, delayMs),
  setImmediate: (callback: Timer["callback"], ...args: unknown[]) => start({ callback, args }, 0),
  clearTimeout: clear,
  clearInterval: clear,
  clearImmediate: clear,
  queueMicrotask: (task: () => unknown) => {
    if (typeof task !== "function") throw new TypeError("queueMicrotask needs a function to call");
    void Promise.resolve().then(() => {
      try {
        task();
      } catch (thrown) {
        reportError(thrown);
      }
    });
  },
};
