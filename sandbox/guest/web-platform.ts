/**
 * Every name that the web platform has in an isolate, with what makes it. Nothing is evaluated before a step
 * asks for it.
 */
const STREAMS = [
  "ByteLengthQueuingStrategy",
  "CountQueuingStrategy",
  "ReadableByteStreamController",
  "ReadableStream",
  "ReadableStreamBYOBReader",
  "ReadableStreamBYOBRequest",
  "ReadableStreamDefaultController",
  "ReadableStreamDefaultReader",
  "TransformStream",
  "TransformStreamDefaultController",
  "WritableStream",
  "WritableStreamDefaultController",
  "WritableStreamDefaultWriter",
] as const;

const streamMakers = Object.fromEntries(
  STREAMS.map((name) => [name, () => require("./streams.ts").streams[name]]),
);

/** `still` is given while a definition is read: time stands still and randomness is seeded. */
export function webPlatform(
  still: { nowMs: number; random: () => number } | undefined,
): Record<string, () => unknown> {
  return {
    ...streamMakers,
    AbortController: () => require("./abort.ts").AbortController,
    AbortSignal: () => require("./abort.ts").AbortSignal,
    addEventListener: () => require("./events.ts").globalListening.addEventListener,
    Blob: () => require("./blob.ts").Blob,
    CompressionStream: () => require("./codec-streams.ts").CompressionStream,
    console: () => require("./console.ts").guestConsole,
    Crypto: () => require("./crypto.ts").Crypto,
    crypto: () => require("./crypto.ts").createCrypto(still?.random),
    CryptoKey: () => require("./subtle.ts").CryptoKey,
    CustomEvent: () => require("./events.ts").CustomEvent,
    DecompressionStream: () => require("./codec-streams.ts").DecompressionStream,
    dispatchEvent: () => require("./events.ts").globalListening.dispatchEvent,
    DOMException: () => require("./dom-exception.ts").DOMException,
    Event: () => require("./events.ts").Event,
    EventTarget: () => require("./events.ts").EventTarget,
    fetch: () => require("./fetch.ts").fetch,
    File: () => require("./blob.ts").File,
    FormData: () => require("./form-data.ts").FormData,
    Headers: () => require("./headers.ts").Headers,
    Performance: () => require("./performance.ts").Performance,
    performance: () => require("./performance.ts").createPerformance(still?.nowMs),
    PerformanceEntry: () => require("./performance.ts").PerformanceEntry,
    PerformanceMark: () => require("./performance.ts").PerformanceMark,
    PerformanceMeasure: () => require("./performance.ts").PerformanceMeasure,
    removeEventListener: () => require("./events.ts").globalListening.removeEventListener,
    Request: () => require("./request.ts").Request,
    Response: () => require("./response.ts").Response,
    structuredClone: () => require("./structured-clone.ts").structuredClone,
    SubtleCrypto: () => require("./subtle.ts").SubtleCrypto,
    TextDecoder: () => require("./text-coding.ts").TextDecoder,
    TextDecoderStream: () => require("./codec-streams.ts").TextDecoderStream,
    TextEncoder: () => require("./text-coding.ts").TextEncoder,
    TextEncoderStream: () => require("./codec-streams.ts").TextEncoderStream,
    URL: () => require("./url.ts").URL,
    URLPattern: () => require("./url-pattern.ts").URLPattern,
    URLSearchParams: () => require("./url-search-params.ts").URLSearchParams,
  };
}
