import { createRequire } from "node:module";
import { dirname, sep } from "node:path";

/**
 * Node's built-ins that an isolate can be given: those that are pure computation, by packages that others keep. None
 * of them reaches anything that a step does not have anyway.
 */
const PACKAGES: Record<string, string> = {
  assert: "unenv/node/assert",
  "assert/strict": "unenv/node/assert/strict",
  buffer: "unenv/node/buffer",
  events: "unenv/node/events",
  path: "unenv/node/path",
  "path/posix": "unenv/node/path/posix",
  querystring: "unenv/node/querystring",
  string_decoder: "string_decoder/",
  url: "unenv/node/url",
  util: "unenv/node/util",
  "util/types": "unenv/node/util/types",
};

/**
 * The parts of `node:crypto` that the isolate's own `crypto` answers. What Node computes at once and WebCrypto only
 * asynchronously is left out, so that its import is refused by name.
 */
const CRYPTO = `
import { Buffer } from "node:buffer";
export const webcrypto = globalThis.crypto;
export const getRandomValues = (view) => webcrypto.getRandomValues(view);
export const randomUUID = () => webcrypto.randomUUID();
export function randomBytes(size, callback) {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 65536) webcrypto.getRandomValues(bytes.subarray(at, at + 65536));
  if (callback === undefined) return bytes;
  queueMicrotask(() => callback(null, bytes));
}
export function randomInt(min, max) {
  const [low, high] = max === undefined ? [0, min] : [min, max];
  const range = high - low;
  if (!(range > 0 && range <= 2 ** 32)) throw new RangeError("randomInt needs min < max, at most 2^32 apart");
  const most = 2 ** 32 - (2 ** 32 % range);
  for (;;) {
    const [number] = webcrypto.getRandomValues(new Uint32Array(1));
    if (number < most) return low + (number % range);
  }
}
export function timingSafeEqual(left, right) {
  const [a, b] = [left, right].map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  if (a.length !== b.length) throw new RangeError("Input buffers must have the same byte length");
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= a[at] ^ b[at];
  return difference === 0;
}
export default { webcrypto, getRandomValues, randomUUID, randomBytes, randomInt, timingSafeEqual };
`;

const findPackage = createRequire(import.meta.url).resolve;

export type NodeShim = { path: string } | { contents: string; resolveFolder: string };

/** What stands for a built-in (named without `node:`) in a bundle; undefined where nothing can. */
export function findNodeShim(name: string, importer: string): NodeShim | undefined {
  if (name === "crypto") return { contents: CRYPTO, resolveFolder: dirname(findPackage("unenv")) };
  const found = PACKAGES[name];
  if (found !== undefined) return { path: findPackage(found) };
  // The shims import each other by Node's names; what is not of the list falls away unused.
  return importer.includes(`${sep}unenv${sep}dist${sep}`)
    ? { path: findPackage(`unenv/node/${name}`) }
    : undefined;
}
