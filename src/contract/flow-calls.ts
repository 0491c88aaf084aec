import { isStorable } from "./api/fields.ts";
import { EngineError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * Flows of the same instance that a step starts. What it asks for is committed with its result, like its changes of state:
 * a step that fails has started nothing, one that is run again does not start twice.
 *
 * 1. A call is named by the calling execution, the step's path and a key: the caller's own, or its number in the step.
 *    The same name is the same call, also in a later attempt of the flow: it is told again, and not made again.
 * 2. Who is called runs the caller's revision, as an execution of its own.
 * 3. Calls lie at most `LIMITS.callDepth` deep, an execution makes at most `LIMITS.callsPerExecution`, and the payloads of
 *    a step's calls have at most `LIMITS.callPayloadBytes` together.
 */
export interface FlowCall {
  key: string;
  flowKey: string;
  /** Of the execution that is started. */
  executionId: string;
  /** JSON text, its body. */
  payload: string;
}

/** What is committed when a step asks. */
export interface CallStanding {
  /** Of the calling execution: 0 where nobody called it. */
  depth: number;
  /** Calls that the execution has made. */
  made: number;
  /** Started executions by key, of the calls of this path. */
  known: ReadonlyMap<string, string>;
}

/** What a session must know for its steps to call. */
export interface CallSource {
  /** Of the version. */
  flowKeys: readonly string[];
  read(path: string): Promise<CallStanding>;
  /** A new execution's. Given, since an author's own Node may lack what the engine makes ids of. */
  createId(): string;
}

/** One try of a step: answers its calls, and holds them until the commit. */
export class StepCalls {
  readonly calls: FlowCall[] = [];
  readonly #path: string;
  readonly #source: CallSource;
  #standing: Promise<CallStanding> | undefined;
  #asked = 0;
  /** The host holds them until the commit. */
  #payloadBytes = 0;

  constructor(path: string, source: CallSource) {
    this.#path = path;
    this.#source = source;
  }

  /**
   * JSON of the started execution's id. The question is a line of JSON, `{ flow, key? }`, then the payload's JSON; all of
   * it is hostile.
   *
   * @throws EngineError `step/fatal` for what cannot be called
   */
  async ask(question: string): Promise<string> {
    this.#asked += 1;
    const { flowKey, key = `#${this.#asked}`, payload } = parseCall(question);
    this.#assertFlow(flowKey);
    this.#standing ??= this.#source.read(this.#path);
    const { depth, made, known } = await this.#standing;
    const earlier = known.get(key) ?? this.calls.find((call) => call.key === key)?.executionId;
    if (earlier !== undefined) return JSON.stringify({ executionId: earlier });
    if (depth >= LIMITS.callDepth)
      throw refusal(
        `flow "${flowKey}" would be ${depth + 1} calls deep: at most ${LIMITS.callDepth} are allowed`,
      );
    if (made + this.calls.length >= LIMITS.callsPerExecution)
      throw refusal(`an execution starts at most ${LIMITS.callsPerExecution} flows`);
    this.#payloadBytes += new TextEncoder().encode(payload).length;
    if (this.#payloadBytes > LIMITS.callPayloadBytes)
      throw refusal(`the payloads of a step's calls have at most ${LIMITS.callPayloadBytes} bytes together`);
    const executionId = this.#source.createId();
    this.calls.push({ key, flowKey, executionId, payload });
    return JSON.stringify({ executionId });
  }

  #assertFlow(flowKey: string): void {
    const { flowKeys } = this.#source;
    if (flowKeys.includes(flowKey)) return;
    throw refusal(
      `there is no flow "${flowKey.slice(0, 63)}" in this version; it has ${flowKeys.join(", ")}`,
    );
  }
}

function parseCall(question: string): { flowKey: string; key?: string; payload: string } {
  const end = question.indexOf("\n");
  const { flow, key } = JSON.parse(question.slice(0, end)) as Record<string, unknown>; // checked field by field
  const payload = question.slice(end + 1);
  if (end < 0 || typeof flow !== "string")
    throw new TypeError("flows.start takes a flow's key and a payload");
  if (key === undefined) return { flowKey: flow, payload };
  if (isCallKey(key)) return { flowKey: flow, key, payload };
  throw new TypeError(
    `a call's key is text of 1 to ${LIMITS.callKeyCharacters} characters, and begins with no #`,
  );
}

/** What begins with # is a number of ours. */
function isCallKey(key: unknown): key is string {
  const isText = typeof key === "string" && key !== "" && key.length <= LIMITS.callKeyCharacters;
  return isText && isStorable(key) && !key.startsWith("#");
}

function refusal(why: string): EngineError {
  return new EngineError("step/fatal", `Nothing was started: ${why}`);
}
