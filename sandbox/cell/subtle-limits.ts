import type { SubtleHeader } from "../protocol.ts";

/**
 * What a single call of `crypto.subtle` may ask for. It runs on a thread that nothing stops but the end of the cell, so
 * whatever has a size of its own is bounded before it starts: algorithms are those named here, and no others that a
 * later Node may have (Argon2 takes gigabytes, the SHAKEs give any length).
 */
const ALGORITHMS: ReadonlySet<string> = new Set(
  `SHA-1 SHA-256 SHA-384 SHA-512 SHA3-256 SHA3-384 SHA3-512 HMAC HKDF PBKDF2 AES-CTR AES-CBC AES-GCM AES-KW
  RSASSA-PKCS1-v1_5 RSA-PSS RSA-OAEP ECDSA ECDH Ed25519 Ed448 X25519 X448`
    .toUpperCase()
    .split(/\s+/),
);
/** Where a method's algorithms stand among its arguments. */
const PLACES: Record<SubtleHeader["method"], readonly number[]> = {
  encrypt: [0],
  decrypt: [0],
  sign: [0],
  verify: [0],
  digest: [0],
  generateKey: [0],
  deriveKey: [0, 2],
  deriveBits: [0],
  importKey: [2],
  exportKey: [],
  wrapKey: [3],
  unwrapKey: [3, 4],
};
/** These work through data of any length, at the speed of memory. */
const BULK: ReadonlySet<SubtleHeader["method"]> = new Set(["encrypt", "decrypt", "sign", "verify", "digest"]);
/** Of the arguments of all others: keys, salts and names are short. */
const MOST_CHARACTERS = 256 * 1024;
const MOST_RSA_BITS = 4_096;
export const MOST_HELD_RSA_BITS = 8_192;
/** Of PBKDF2, for each block of the result. */
const MOST_ITERATIONS = 2_000_000;
const BLOCK_BITS = 256;
/** Of a key or of derived bits. */
const MOST_BITS = 512 * 1024;
/** What HMAC takes where no length is given. */
const DEFAULT_BITS = 1_024;

interface Claims {
  name?: unknown;
  hash?: unknown;
  length?: unknown;
  modulusLength?: unknown;
  iterations?: unknown;
}

/** @throws DOMException for what is too much; what is wrong is Node's to refuse */
export function assertModestCall(
  method: SubtleHeader["method"],
  args: readonly unknown[],
  characters: number,
): void {
  if (!BULK.has(method) && characters > MOST_CHARACTERS)
    throw tooMuch(`The arguments of ${method} have at most ${MOST_CHARACTERS} characters here`);
  for (const place of PLACES[method]) assertModest(args[place]);
  assertModestDerivation(method, args);
}

function assertModest(algorithm: unknown): void {
  if (typeof algorithm === "string") return assertKnown(algorithm);
  const { name, hash, length, modulusLength } = claimsOf(algorithm);
  if (name !== undefined) assertKnown(name);
  if (hash !== undefined) assertKnown(typeof hash === "string" ? hash : claimsOf(hash).name);
  assertBits(length);
  if (Number(modulusLength) > MOST_RSA_BITS)
    throw tooMuch(`An RSA key has at most ${MOST_RSA_BITS} bits here`);
}

function assertModestDerivation(method: SubtleHeader["method"], args: readonly unknown[]): void {
  if (method !== "deriveBits" && method !== "deriveKey") return;
  const wanted = method === "deriveBits" ? args[2] : (claimsOf(args[2]).length ?? DEFAULT_BITS);
  assertBits(wanted);
  const blocks = Math.max(1, Math.ceil((Number(wanted) || 0) / BLOCK_BITS));
  if (Number(claimsOf(args[0]).iterations) * blocks > MOST_ITERATIONS)
    throw tooMuch(`PBKDF2 makes at most ${MOST_ITERATIONS} iterations here, all blocks together`);
}

function claimsOf(algorithm: unknown): Claims {
  return typeof algorithm === "object" && algorithm !== null ? algorithm : {};
}

/** What Node makes a text of is made one here too. */
function assertKnown(name: unknown): void {
  if (!ALGORITHMS.has(String(name).toUpperCase()))
    throw new DOMException("Unrecognized algorithm name", "NotSupportedError");
}

/** A negative number would wrap around to a huge one. */
function assertBits(length: unknown): void {
  if (Number(length) > MOST_BITS || Number(length) < 0)
    throw tooMuch(`A key or what is derived has at most ${MOST_BITS} bits here`);
}

function tooMuch(message: string): DOMException {
  return new DOMException(message, "OperationError");
}
