import { bytesFromBase64, bytesOf, bytesToBase64, encodeUtf8, joinBytes } from "./base64.ts";
import { send } from "./bridge.ts";
import { TransformStream } from "./streams.ts";
import { TextDecoder } from "./text-coding.ts";
import { finishInterface, requireArguments } from "./web-idl.ts";

/** Streams that transform: text to bytes and back, and compression by the cell's zlib. */
type Controller<O> = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof TransformStream<unknown, O>>[0]>["transform"]>
>[1];

class Codec<I, O> {
  readonly #stream: InstanceType<typeof TransformStream<I, O>>;

  constructor(transformer: {
    transform(chunk: I, controller: Controller<O>): void;
    flush(controller: Controller<O>): void;
  }) {
    // Reading is asked for, so that a chunk is transformed only once somebody wants it.
    this.#stream = new TransformStream<I, O>(transformer, undefined, { highWaterMark: 0 });
  }

  get readable(): unknown {
    return this.#stream.readable;
  }

  get writable(): unknown {
    return this.#stream.writable;
  }
}

/** `readable` and `writable` are the class's own for whoever looks at its prototype. */
function finishCodec(Class: { prototype: object; readonly name: string }, name: string): void {
  for (const key of ["readable", "writable"])
    Object.defineProperty(
      Class.prototype,
      key,
      Object.getOwnPropertyDescriptor(Codec.prototype, key) ?? { value: undefined },
    );
  finishInterface(Class as typeof Codec, name); // any class will do
}

const HIGH_END = /[\ud800-\udbff]$/;

export class TextEncoderStream extends Codec<unknown, Uint8Array> {
  constructor() {
    let high = "";
    super({
      transform: (chunk, controller) => {
        let text = high + `${chunk as string}`; // a symbol throws, as it must
        high = HIGH_END.test(text) ? text.slice(-1) : "";
        text = text.slice(0, text.length - high.length);
        if (text !== "") controller.enqueue(encodeUtf8(text.toWellFormed()));
      },
      flush: (controller) => {
        if (high !== "") controller.enqueue(encodeUtf8("\ufffd"));
      },
    });
  }

  get encoding(): string {
    return "utf-8";
  }

  static {
    finishCodec(TextEncoderStream, "TextEncoderStream");
  }
}

export class TextDecoderStream extends Codec<unknown, string> {
  readonly #decoder: TextDecoder;

  constructor(label: unknown = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    const decoder = new TextDecoder(label, options);
    super({
      transform: (chunk, controller) => {
        const text = decoder.decode(bytesOf(chunk), { stream: true });
        if (text !== "") controller.enqueue(text);
      },
      flush: (controller) => {
        const text = decoder.decode();
        if (text !== "") controller.enqueue(text);
      },
    });
    this.#decoder = decoder;
  }

  get encoding(): string {
    return this.#decoder.encoding;
  }

  get fatal(): boolean {
    return this.#decoder.fatal;
  }

  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM;
  }

  static {
    finishCodec(TextDecoderStream, "TextDecoderStream");
  }
}

const FORMATS = new Set(["deflate", "deflate-raw", "gzip", "brotli"]);

/** The whole is collected and coded at the end: what a step may hold is bounded anyway. */
function zlibCodec(op: "compress" | "decompress", format: unknown) {
  const name = `${format as string}`; // a symbol throws, as it must
  if (!FORMATS.has(name)) throw new TypeError(`"${name.slice(0, 50)}" is not a compression format`);
  const chunks: Uint8Array[] = [];
  return {
    transform: (chunk: unknown) => void chunks.push(bytesOf(chunk).slice()),
    flush: (controller: Controller<Uint8Array>) => {
      const answer = send(op, `${name} ${bytesToBase64(joinBytes(chunks))}`);
      if (!answer.startsWith("+")) throw new TypeError(answer || "The data cannot be coded");
      const bytes = bytesFromBase64(answer.slice(1));
      if (bytes.length > 0) controller.enqueue(bytes);
    },
  };
}

export class CompressionStream extends Codec<unknown, Uint8Array> {
  constructor(format: unknown) {
    requireArguments(arguments.length, 1);
    super(zlibCodec("compress", format));
  }

  static {
    finishCodec(CompressionStream, "CompressionStream");
  }
}

export class DecompressionStream extends Codec<unknown, Uint8Array> {
  constructor(format: unknown) {
    requireArguments(arguments.length, 1);
    super(zlibCodec("decompress", format));
  }

  static {
    finishCodec(DecompressionStream, "DecompressionStream");
  }
}
