import type * as StreamsLibrary from "./libraries/streams.ts";
import { loadLibrary } from "./library.ts";

/** Streams by web-streams-polyfill, which follows the standard's own reference implementation. */
type Streams = typeof StreamsLibrary;

const library = loadLibrary("streams") as Streams; // the library of that name

export const { ReadableStream, TransformStream, WritableStream } = library;
export type ReadableStream<R = unknown> = InstanceType<typeof library.ReadableStream<R>>;
/** Everything that the global has of it, under the names that minifying has taken. */
export const streams: Streams = library;
for (const [name, Class] of Object.entries(library))
  Object.defineProperty(Class, "name", { value: name, configurable: true });

/** A stream of one chunk, made when somebody reads. */
export function bytesStream(make: () => Uint8Array): ReadableStream<Uint8Array> {
  return new library.ReadableStream({
    type: "bytes",
    pull: (controller) => {
      const bytes = make();
      // An empty chunk would be an error: there is nothing to read.
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

/** The same chunks from another stream; the first one is locked and read by it. */
export function passedOn(stream: ReadableStream): ReadableStream {
  return stream.pipeThrough(new library.TransformStream());
}

/** As a copy must be read: a change of one's chunk is not seen by the other. */
export function clonedChunks(stream: ReadableStream): ReadableStream {
  const { structuredClone } = require("./structured-clone.ts");
  const clone = new library.TransformStream<unknown, unknown>(
    { transform: (chunk, controller) => controller.enqueue(structuredClone(chunk)) },
    undefined,
    { highWaterMark: 0 },
  );
  return stream.pipeThrough(clone);
}

/** The library's own word for "has been read from or cancelled"; the standard has no public one. */
export function isDisturbed(stream: object): boolean {
  return Reflect.get(stream, "_disturbed") === true;
}

export function isReadableStream(value: unknown): value is ReadableStream {
  return value instanceof library.ReadableStream;
}
