import { assertNever } from "./assert-never.ts";
import { EngineError } from "./errors.ts";
import type { Json } from "./json.ts";
import { LIMITS } from "./limits.ts";

/**
 * The state that steps keep from execution to execution: JSON values by key, of the instance or of one of its flows.
 *
 * 1. A step sees what was committed when it asked, and its own changes on top.
 * 2. Its changes are committed with its result, all of them or none: a step that fails, or whose result was there
 *    already, changes nothing. So a step that is run again does not count twice.
 * 3. `increment` and `append` say what to do, not what comes out: beside other executions all of them count. `set` and
 *    `delete`: the last commit wins. `compareAndSet` holds at the commit too, or the step's try fails and is repeated.
 */
export type StateScope = "instance" | "flow";

export type StateWrite = { scope: StateScope; key: string } & (
  | { op: "set"; json: string }
  | { op: "delete" }
  | { op: "increment"; by: number }
  | { op: "append"; json: string; keep: number }
  /** `expected` null: there is no value. */
  | { op: "compare-and-set"; expected: string | null; json: string }
);

/** JSON text of a value; null where there is none. */
export type ReadState = (scope: StateScope, key: string) => Promise<string | null>;

/** A value, what it is compared with, and room for a key and their names: what is longer is not even read. */
const QUESTION_CHARACTERS = 2 * LIMITS.stateValueCharacters + 8 * LIMITS.stateKeyCharacters + 1_000;

/** What the guest asks; everything in it is hostile. */
export type StateQuestion = { op: "get"; scope: StateScope; key: string } | StateWrite;

/** One try of a step: answers its questions, and holds what it changes until the commit. */
export class StepState {
  readonly writes: StateWrite[] = [];
  readonly #read: ReadState;
  readonly #seen = new Map<string, string | null>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(read: ReadState) {
    this.#read = read;
  }

  /** JSON text of the value after the question: `null` for none, `false` for a comparison that failed. */
  ask(text: string): Promise<string> {
    // One after the other, as the step asked them.
    const answer = this.#queue.then(() => this.#answer(questionIn(text)));
    this.#queue = answer.catch(() => {}); // its own caller is told
    return answer;
  }

  async #answer(question: StateQuestion): Promise<string> {
    const name = `${question.scope}/${question.key}`;
    const known = this.#seen.get(name);
    const current = known === undefined ? await this.#readNow(question) : known;
    this.#seen.set(name, current);
    if (question.op === "get") return current ?? "null";
    const changed = applyWrite(current, question);
    if (changed === "conflict") return "false";
    this.#seen.set(name, changed.json);
    this.writes.push(question);
    return question.op === "compare-and-set" ? "true" : (changed.json ?? "null");
  }

  /** Why it cannot be read is the operator's affair: it may name places of ours. */
  async #readNow({ scope, key }: StateQuestion): Promise<string | null> {
    try {
      return await this.#read(scope, key);
    } catch (cause) {
      throw new EngineError("engine/unavailable", "The state cannot be read at the moment", { cause });
    }
  }
}

/**
 * What a value becomes, null where it goes. "conflict": it is not the expected one.
 *
 * @throws EngineError `step/fatal` where the value cannot take the change: no number, no list, too large
 */
export function applyWrite(current: string | null, write: StateWrite): { json: string | null } | "conflict" {
  switch (write.op) {
    case "set":
      return { json: sized(write.key, write.json) };
    case "delete":
      return { json: null };
    case "increment": {
      const value: unknown = current === null ? 0 : JSON.parse(current);
      if (typeof value !== "number") throw refusal(write.key, "holds no number: it cannot be incremented");
      return { json: JSON.stringify(value + write.by) };
    }
    case "append": {
      const list: unknown = current === null ? [] : JSON.parse(current);
      if (!Array.isArray(list)) throw refusal(write.key, "holds no list: nothing can be appended");
      const json = JSON.stringify([...list, JSON.parse(write.json)].slice(-write.keep));
      return { json: sized(write.key, json) };
    }
    case "compare-and-set":
      if (canonical(write.key, current) !== canonical(write.key, write.expected)) return "conflict";
      return { json: sized(write.key, write.json) };
    default:
      return assertNever(write);
  }
}

function sized(key: string, json: string): string {
  if (json.length <= LIMITS.stateValueCharacters) return json;
  throw refusal(
    key,
    `would have ${json.length} characters of JSON: at most ${LIMITS.stateValueCharacters} are kept`,
  );
}

function refusal(key: string, why: string): EngineError {
  return new EngineError("step/fatal", `State "${key}" ${why}`);
}

/** The same text for equal values, in whatever order their properties stand. */
function canonical(key: string, json: string | null): string {
  if (json === null) return "";
  try {
    return JSON.stringify(sorted(JSON.parse(json) as Json)); // the text is JSON
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw refusal(key, "is nested too deep to be compared");
  }
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** The worker itself reads it, for one step among hundreds: so it is short, whatever it says. */
function questionIn(text: string): StateQuestion {
  if (text.length > QUESTION_CHARACTERS)
    throw new EngineError(
      "step/fatal",
      `A call of the state has ${text.length} characters: a value has at most ${LIMITS.stateValueCharacters}`,
    );
  const asked: unknown = JSON.parse(text);
  if (typeof asked !== "object" || asked === null) throw new TypeError("the state is asked with an object");
  return parseQuestion(asked as Record<string, unknown>); // checked field by field
}

function parseQuestion(asked: Record<string, unknown>): StateQuestion {
  const { op, scope, key } = asked;
  if (scope !== "instance" && scope !== "flow") throw new TypeError("state has the scopes instance and flow");
  if (!isStateKey(key))
    throw new TypeError(`a key of state is text of 1 to ${LIMITS.stateKeyCharacters} characters`);
  const place: { scope: StateScope; key: string } = { scope, key };
  switch (op) {
    case "get":
    case "delete":
      return { op, ...place };
    case "set":
      return { op, ...place, json: jsonText(asked["value"]) };
    case "increment":
      if (typeof asked["by"] !== "number") throw new TypeError("increment takes a number");
      return { op, ...place, by: asked["by"] };
    case "append":
      return { op, ...place, json: jsonText(asked["value"]), keep: keepOf(asked["keep"]) };
    case "compare-and-set": {
      const { expected } = asked;
      return {
        op,
        ...place,
        expected: expected == null ? null : jsonText(expected),
        json: jsonText(asked["value"]),
      };
    }
    default:
      throw new TypeError("state has get, set, delete, increment, append and compareAndSet");
  }
}

export function isStateKey(key: unknown): key is string {
  if (typeof key !== "string" || key === "" || key.length > LIMITS.stateKeyCharacters) return false;
  // Postgres stores no NUL, and people read keys.
  return !/\p{Cc}/u.test(key);
}

function jsonText(value: unknown): string {
  if (value === undefined) throw new TypeError("a value of state must be JSON; undefined is none");
  return JSON.stringify(value);
}

function keepOf(keep: unknown): number {
  if (keep === undefined) return Number.MAX_SAFE_INTEGER;
  if (typeof keep === "number" && Number.isInteger(keep) && keep > 0) return keep;
  throw new TypeError("keep must be a whole number above 0");
}
