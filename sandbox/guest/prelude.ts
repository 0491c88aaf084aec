/**
 * Takes away what has no place in a step: what escaped the memory limit of an isolate when it was measured
 * (shared and resizable memory, WebAssembly, segmenters), and the engine's own console.
 */
export function removeHazards(): void {
  const scope = globalThis as Record<string, unknown>; // deleted by name
  for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "console"]) delete scope[name];
  // V8's own break iterator is an older Segmenter, and copies its texts to the same place.
  for (const name of ["Segmenter", "v8BreakIterator"])
    delete (Intl as unknown as Record<string, unknown>)[name];
  forbidResizableBuffers();
}

/** A resizable buffer's pages are not counted against the heap, so the constructor refuses them. */
function forbidResizableBuffers(): void {
  const Native = ArrayBuffer;
  const prototype = Native.prototype;
  const Fixed = function ArrayBuffer(this: unknown, length?: number, options?: { maxByteLength?: number }) {
    if (new.target === undefined) throw new TypeError("Constructor ArrayBuffer requires 'new'");
    if (options?.maxByteLength !== undefined)
      throw new RangeError("Resizable buffers are not available in the sandbox");
    return Reflect.construct(Native, [length ?? 0], new.target);
  };
  Object.defineProperty(Fixed, "prototype", { value: prototype, writable: false });
  Object.defineProperty(Fixed, "isView", {
    value: (view: unknown) => Native.isView(view),
    configurable: true,
    writable: true,
  });
  Object.defineProperty(Fixed, Symbol.species, { get: () => Fixed, configurable: true });
  Object.defineProperty(prototype, "constructor", { value: Fixed, configurable: true, writable: true });
  for (const name of ["resize", "resizable", "maxByteLength"]) Reflect.deleteProperty(prototype, name);
  Object.defineProperty(globalThis, "ArrayBuffer", { value: Fixed, configurable: true, writable: true });
}
