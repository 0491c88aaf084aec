import type { FlowDefinition } from "./definition.ts";
import type { FlowPlan } from "./plan.ts";

/** The tree that `runFlow` walks for a flow: its steps in the order of the source. */
export function planOf(flow: FlowDefinition): FlowPlan {
  return {
    format: 1,
    root: {
      type: "sequence",
      path: "",
      children: flow.steps.map(({ key, name, timeoutMs, retry }) => ({
        type: "step",
        path: key,
        key,
        name: name ?? key,
        timeoutMs,
        retry,
      })),
    },
    retry: flow.retry,
  };
}
