import { CALLS_URL } from "../protocol.ts";
import { parse, stringify } from "./bridge.ts";
import { fetch } from "./fetch.ts";

/** `context.flows`: asked of the host like a request, which starts what was asked for once the step's result is committed. */
export function createFlows(): object {
  return {
    start: async (flow: unknown, payload: unknown, options: { key?: unknown } = {}): Promise<unknown> => {
      const head = stringify({ flow, key: options.key });
      const body = `${head}\n${stringify(payload) ?? "null"}`;
      const response = await fetch(CALLS_URL, { method: "POST", body });
      return parse(await response.text());
    },
  };
}
