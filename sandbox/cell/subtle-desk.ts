import { decodeFrame, HEADER_CHARACTERS, type SubtleAnswer, type SubtleHeader } from "../protocol.ts";
import type { SubtleKeys } from "./subtle-keys.ts";

/**
 * Calls of `crypto.subtle` under way for one run. Work happens on the threads of libuv, beside the burst: one call
 * at a time for each run, so that its time is known and can be counted as the run's CPU. What waits when the run ends
 * is never begun: a run that asked for a thousand dear calls would burn a core long after its outcome. The one that is
 * under way cannot be stopped: whoever holds the desk is told when it passes what the run has left.
 */
const MOST_PENDING = 1_000;
/** Of the arguments of all calls that wait. */
const MOST_PENDING_CHARACTERS = 32 * 1024 * 1024;

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
  /** By the clock, for the call that begins now. */
  leftMs(): number;
  /** The call under way has used up what was left. */
  overrun(spentMs: number): void;
}

export class SubtleDesk {
  readonly #options: SubtleDeskOptions;
  #pending = 0;
  #pendingCharacters = 0;
  #tail: Promise<void> = Promise.resolve();
  #working = false;
  #ended = false;

  constructor(options: SubtleDeskOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending;
  }

  /** A call is under way, which nothing can stop. */
  get isWorking(): boolean {
    return this.#working;
  }

  /** The run has its outcome. */
  end(): void {
    this.#ended = true;
  }

  /** "+" where the call will be answered, else why not. */
  take(keys: SubtleKeys, payload: string): string {
    const { pending } = this;
    const characters = this.#pendingCharacters + payload.length;
    if (pending >= MOST_PENDING) return `At most ${MOST_PENDING} calls of crypto.subtle wait at once`;
    if (characters > MOST_PENDING_CHARACTERS)
      return `Calls of crypto.subtle that wait hold at most ${MOST_PENDING_CHARACTERS} characters`;
    if (payload.indexOf("\n") > HEADER_CHARACTERS) return "The call cannot be read";
    const { header, parts } = decodeFrame(payload);
    const { id, method } = header as Partial<SubtleHeader>; // hostile: checked in the next lines
    if (typeof id !== "number" || typeof method !== "string" || !METHODS.has(method))
      return "There is no such method";
    this.#pending += 1;
    this.#pendingCharacters = characters;
    const work = prepare(keys, method, parts[0] ?? "[]");
    this.#tail = this.#tail.then(() => this.#run(id, work, payload.length));
    return "+";
  }

  async #run(id: number, work: () => Promise<string>, characters: number): Promise<void> {
    if (this.#ended) return;
    const startedAt = performance.now();
    const spentMs = () => performance.now() - startedAt;
    const overrun = setTimeout(() => this.#options.overrun(spentMs()), Math.max(1, this.#options.leftMs()));
    this.#working = true;
    const settled = await work().then(
      (result) => ({ answer: { op: "subtle", id, ok: true } as const, result }),
      (error: unknown) => ({ answer: refusalOf(id, error), result: "" }),
    );
    this.#working = false;
    clearTimeout(overrun);
    this.#pending -= 1;
    this.#pendingCharacters -= characters;
    this.#options.answer(settled.answer, settled.result, spentMs());
  }
}

/** The arguments are read now, in the burst: what that costs is the step's. What is wrong with them is answered later. */
function prepare(keys: SubtleKeys, method: SubtleHeader["method"], json: string): () => Promise<string> {
  try {
    return keys.prepare(method, json);
  } catch (error) {
    return () => Promise.reject(error); // thrown by us, by JSON or by the stack's end: an error
  }
}

/** Name and message only: a stack would show our paths. */
function refusalOf(id: number, error: unknown): SubtleAnswer {
  const { name, message } = error instanceof Error ? error : new Error("The operation failed");
  return { op: "subtle", id, ok: false, name, message: message.slice(0, 500) };
}
