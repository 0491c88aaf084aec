import { decodeFrame, HEADER_CHARACTERS, type SubtleAnswer, type SubtleHeader } from "../protocol.ts";
import type { SubtleKeys } from "./subtle-keys.ts";

/**
 * Calls of `crypto.subtle` under way for one run. Work happens on the threads of libuv, beside the burst: one call
 * at a time for each run, so that its time is known and can be counted as the run's CPU. What waits when the run ends
 * is never begun: a run that asked for a thousand dear calls would burn a core long after its outcome.
 */
const MOST_PENDING = 1_000;

const METHODS: ReadonlySet<string> = new Set<SubtleHeader["method"]>([
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "digest",
  "generateKey",
  "deriveKey",
  "deriveBits",
  "importKey",
  "exportKey",
  "wrapKey",
  "unwrapKey",
]);

export interface SubtleDeskOptions {
  answer(answer: SubtleAnswer, json: string, spentMs: number): void;
}

export class SubtleDesk {
  readonly #options: SubtleDeskOptions;
  #pending = 0;
  #tail: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(options: SubtleDeskOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending;
  }

  /** The run has its outcome. */
  end(): void {
    this.#ended = true;
  }

  /** "+" where the call will be answered. */
  take(keys: SubtleKeys, payload: string): string {
    if (payload.indexOf("\n") > HEADER_CHARACTERS) return "";
    const { header, parts } = decodeFrame(payload);
    const { id, method } = header as Partial<SubtleHeader>; // hostile: checked in the next lines
    if (typeof id !== "number" || typeof method !== "string" || !METHODS.has(method)) return "";
    if (this.#pending >= MOST_PENDING) return "";
    this.#pending += 1;
    this.#tail = this.#tail.then(() => this.#run(keys, { id, method, json: parts[0] ?? "[]" }));
    return "+";
  }

  async #run(
    keys: SubtleKeys,
    { id, method, json }: { id: number; method: SubtleHeader["method"]; json: string },
  ): Promise<void> {
    if (this.#ended) return;
    const startedAt = performance.now();
    const settled = await keys.run(method, json).then(
      (result) => ({ answer: { op: "subtle", id, ok: true } as const, result }),
      (error: unknown) => ({ answer: refusalOf(id, error), result: "" }),
    );
    this.#pending -= 1;
    this.#options.answer(settled.answer, settled.result, performance.now() - startedAt);
  }
}

/** Name and message only: a stack would show our paths. */
function refusalOf(id: number, error: unknown): SubtleAnswer {
  const { name, message } = error instanceof Error ? error : new Error("The operation failed");
  return { op: "subtle", id, ok: false, name, message: message.slice(0, 500) };
}
