import { DOMException } from "./dom-exception.ts";
import { isPlatformObject } from "./web-idl.ts";

/** The structured clone algorithm for what exists in the isolate. `transfer` detaches the source buffers. */
export function structuredClone(value: unknown, options: { transfer?: ArrayBuffer[] } = {}): unknown {
  const copy = clone(value, new Map());
  for (const buffer of options.transfer ?? []) buffer.transfer();
  return copy;
}

type Seen = Map<object, unknown>;

function clone(value: unknown, seen: Seen): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw refuse(value);
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const copy = cloneBuiltin(value, seen);
  return copy === undefined ? cloneProperties(value, seen) : copy;
}

function cloneBuiltin(value: object, seen: Seen): unknown {
  const remember = <T>(copy: T): T => {
    seen.set(value, copy);
    return copy;
  };
  if (value instanceof Date) return remember(new Date(value.getTime()));
  if (value instanceof RegExp) return remember(new RegExp(value.source, value.flags));
  if (isPlatformObject(value)) return remember(clonePlatformObject(value));
  if (
    value instanceof Boolean ||
    value instanceof Number ||
    value instanceof String ||
    Object.prototype.toString.call(value) === "[object BigInt]"
  )
    return remember(Object(value.valueOf()));
  if (value instanceof ArrayBuffer) return remember(value.slice(0));
  if (ArrayBuffer.isView(value)) return remember(cloneView(value, seen));
  if (value instanceof Map) {
    const copy = remember(new Map<unknown, unknown>());
    for (const [key, item] of value) copy.set(clone(key, seen), clone(item, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = remember(new Set<unknown>());
    for (const item of value) copy.add(clone(item, seen));
    return copy;
  }
  if (value instanceof Error) return remember(cloneError(value, seen));
  if (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef
  )
    throw refuse(value);
  return undefined;
}

/** Of the platform's classes only these are to be cloned. */
function clonePlatformObject(value: object): unknown {
  const { isBlob, File } = require("./blob.ts");
  if (isBlob(value)) {
    const options = { type: value.type };
    return value instanceof File
      ? new File([value], value.name, { ...options, lastModified: value.lastModified })
      : value.slice(0, value.size, value.type);
  }
  if (value instanceof DOMException) return new DOMException(value.message, value.name);
  throw refuse(value);
}

function cloneView(view: ArrayBufferView, seen: Seen): unknown {
  const buffer = clone(view.buffer, seen) as ArrayBuffer; // a buffer's clone is a buffer
  if (view instanceof DataView) return new DataView(buffer, view.byteOffset, view.byteLength);
  const typed = view as Uint8Array; // every other view has a length and this constructor's shape
  const Constructor = Object.getPrototypeOf(typed).constructor as Uint8ArrayConstructor;
  return new Constructor(buffer, typed.byteOffset, typed.length);
}

const ERRORS: Record<string, ErrorConstructor> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function cloneError(error: Error, seen: Seen): Error {
  const copy = new (ERRORS[error.name] ?? Error)(error.message);
  if (error.stack !== undefined) copy.stack = error.stack;
  if (error.cause !== undefined) copy.cause = clone(error.cause, seen);
  return copy;
}

function cloneProperties(value: object, seen: Seen): object {
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {};
  seen.set(value, copy);
  for (const key of Object.keys(value))
    Object.defineProperty(copy, key, {
      value: clone(Reflect.get(value, key), seen),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  if (Array.isArray(value)) (copy as unknown[]).length = value.length;
  return copy;
}

function refuse(value: unknown): DOMException {
  const kind =
    typeof value === "object" && value !== null ? (value.constructor?.name ?? "object") : typeof value;
  return new DOMException(`A ${kind} could not be cloned.`, "DataCloneError");
}
