import type { PlanNode } from "#contract/plan.ts";
import { assertNever } from "#contract/assert-never.ts";
import { continueIfNeeded } from "./continue-as-new.ts";
import type { FlowRun } from "./flow-run.ts";
import { runStep } from "./run-step.ts";

/** Walks a node of the plan. Each kind of node is a case here; what is done is known by path. */
export async function walk(run: FlowRun, node: PlanNode): Promise<void> {
  switch (node.type) {
    case "sequence":
      for (const child of node.children) await walk(run, child);
      return;
    case "step":
      if (run.done.has(node.path)) return;
      await continueIfNeeded(run);
      await runStep(run, node);
      run.done.add(node.path);
      return;
    default:
      assertNever(node);
  }
}
