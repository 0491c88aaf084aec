import { STATE_URL } from "../protocol.ts";
import { parse, stringify } from "./bridge.ts";
import { fetch } from "./fetch.ts";

/** `context.state`: asked of the host like a request, which keeps the changes until the step's result is committed. */
export function createState(): object {
  return { ...scopeOf("instance"), flow: scopeOf("flow") };
}

function scopeOf(scope: "instance" | "flow"): object {
  const ask = async (op: string, key: unknown, more: object = {}): Promise<unknown> => {
    const response = await fetch(STATE_URL, { method: "POST", body: stringify({ op, scope, key, ...more }) });
    return parse(await response.text());
  };
  return {
    get: async (key: unknown) => (await ask("get", key)) ?? undefined,
    set: async (key: unknown, value: unknown) => void (await ask("set", key, { value })),
    delete: async (key: unknown) => void (await ask("delete", key)),
    increment: (key: unknown, by: unknown = 1) => ask("increment", key, { by }),
    append: (key: unknown, value: unknown, options: { keep?: unknown } = {}) =>
      ask("append", key, { value, keep: options.keep }),
    compareAndSet: (key: unknown, expected: unknown, value: unknown) =>
      ask("compare-and-set", key, { expected, value }),
  };
}
