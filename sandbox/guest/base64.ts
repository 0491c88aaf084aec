import { send } from "./bridge.ts";

/**
 * Bytes, UTF-8 and base64. The isolate has no compiler (`--jitless`), so loops over characters are slow: the
 * cell's native coders do the work, and bytes cross as base64 by V8's own `fromBase64` and `toBase64`.
 */
interface Base64Bytes {
  toBase64(): string;
}
const fromBase64 = (
  Uint8Array as unknown as { fromBase64(text: string): Uint8Array<ArrayBuffer> }
).fromBase64.bind(Uint8Array); // in V8 since 14, not yet in the library's types

export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(text);
}

export function bytesToBase64(bytes: Uint8Array): string {
  return (bytes as unknown as Base64Bytes).toBase64(); // as above
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return text === "" ? new Uint8Array() : fromBase64(send("utf8-encode", text));
}

/** Keeps a byte order mark. */
export function decodeUtf8(bytes: Uint8Array): string {
  return bytes.byteLength === 0 ? "" : send("utf8-decode", bytesToBase64(bytes));
}

/** The bytes of any buffer source, without copying. */
export function bytesOf(source: unknown): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new TypeError("Expected an ArrayBuffer or a view of one");
}

export function isBufferSource(source: unknown): boolean {
  return source instanceof ArrayBuffer || ArrayBuffer.isView(source);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}

export function atob(text: string): string {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(`${text}`);
  } catch {
    throw invalidCharacter("The string to be decoded is not correctly encoded.");
  }
  return binaryText(bytes);
}

/** A character for each byte. */
export function binaryText(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 4096)
    binary += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return binary;
}

export function btoa(text: string): string {
  const binary = `${text}`;
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) {
    const code = binary.charCodeAt(at);
    if (code > 255)
      throw invalidCharacter("The string to be encoded contains characters outside of the Latin1 range.");
    bytes[at] = code;
  }
  return bytesToBase64(bytes);
}

function invalidCharacter(message: string): Error {
  const { DOMException } = require("./dom-exception.ts");
  return new DOMException(message, "InvalidCharacterError");
}
