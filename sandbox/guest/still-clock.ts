/**
 * For reading a definition: the same bundle must declare the same thing each time, so time stands still and
 * randomness is a sequence that depends on a seed alone.
 */
export function stillClock(nowMs: number, seed: number): () => number {
  const NativeDate = Date;
  const Still = function (this: unknown, ...parts: unknown[]) {
    if (new.target === undefined) return new NativeDate(nowMs).toString();
    return Reflect.construct(NativeDate, parts.length === 0 ? [nowMs] : parts, new.target);
  };
  Object.defineProperty(Still, "name", { value: "Date" });
  Object.defineProperty(Still, "prototype", { value: NativeDate.prototype, writable: false });
  Object.assign(Still, { now: () => nowMs, parse: NativeDate.parse, UTC: NativeDate.UTC });
  Object.defineProperty(NativeDate.prototype, "constructor", { value: Still, configurable: true });
  Object.defineProperty(globalThis, "Date", { value: Still, writable: true, configurable: true });
  const random = mulberry32(seed);
  Object.defineProperty(Math, "random", { value: random, writable: true, configurable: true });
  return random;
}

/** A small generator of good spread (mulberry32, public domain). Not for secrets. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
