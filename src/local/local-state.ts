import { applyWrite, StepState } from "#contract/step-state.ts";
import type { FetchAnswer } from "#sandbox/protocol.ts";

/** The state of an instance on the author's machine: it lasts for a run, or for as long as whoever made it keeps it. */
export class LocalState {
  /** JSON text by scope and key: `instance/cursor`, `flow/runs`. */
  readonly #values: Map<string, string>;

  constructor(values: Record<string, unknown> = {}) {
    const entries = Object.entries(values);
    this.#values = new Map(entries.map(([key, value]) => [`instance/${key}`, JSON.stringify(value)]));
  }

  /** For one try of a step. */
  begin(): StepState {
    return new StepState((scope, key) => Promise.resolve(this.#values.get(`${scope}/${key}`) ?? null));
  }

  /** What a step that succeeded has changed. */
  commit(state: StepState): void {
    for (const write of state.writes) {
      const name = `${write.scope}/${write.key}`;
      const changed = applyWrite(this.#values.get(name) ?? null, write);
      if (changed === "conflict") continue;
      if (changed.json === null) this.#values.delete(name);
      else this.#values.set(name, changed.json);
    }
  }

  /** Values of the instance by key. */
  toValues(): Record<string, unknown> {
    const ofInstance = [...this.#values].filter(([name]) => name.startsWith("instance/"));
    return Object.fromEntries(
      ofInstance.map(([name, json]): [string, unknown] => [name.slice("instance/".length), JSON.parse(json)]),
    );
  }
}

/** A step's question to the host, as the sandbox's host answers it. */
export async function answerAsHost(
  host: { ask(question: string): Promise<string> },
  { id, url }: { id: number; url: string },
  question: string,
): Promise<{ answer: FetchAnswer; body: Uint8Array }> {
  try {
    const body = Buffer.from(await host.ask(question));
    const head = { status: 200, statusText: "", url, redirected: false, headers: [] };
    return { answer: { op: "fetched", id, ok: true, ...head, bodyBytes: body.length }, body };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      answer: { op: "fetched", id, ok: false, name: "TypeError", message },
      body: new Uint8Array(),
    };
  }
}
