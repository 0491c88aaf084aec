/**
 * A plan is the immutable tree that `runFlow` walks. Each node has a path that names its results for ever.
 * Types only: workflows import this file.
 */
export interface RetryPolicy {
  /** All tries together, the first included. 1 means no retry. */
  maxAttempts: number;
  /** Delay before the second try. */
  delayMs: number;
  backoff: "fixed" | "exponential";
  /** Upper bound of a delay. */
  maxDelayMs: number;
}

export interface StepNode {
  type: "step";
  /** Unique in the flow; `post`, later `each[3]/post`. */
  path: string;
  /** The step's key in the integration's source. */
  key: string;
  /** What a person reads. */
  name: string;
  /** Wall-clock limit of one attempt. */
  timeoutMs: number;
  retry: RetryPolicy;
}

export interface SequenceNode {
  type: "sequence";
  path: string;
  children: PlanNode[];
}

export type PlanNode = SequenceNode | StepNode;

export interface FlowPlan {
  /** Increases when the meaning of the tree changes, so that an old worker can refuse a new plan. */
  format: 1;
  root: SequenceNode;
  /** The flow's automatic retry: continues from the failed step, or from the start. */
  retry: RetryPolicy & { from: "failed-step" | "start" };
}

/** All steps of a plan in the order of their source. */
export function listSteps(node: PlanNode): StepNode[] {
  return node.type === "step" ? [node] : node.children.flatMap(listSteps);
}

/** The delay before try `attempt + 1`, after `attempt` tries have failed (1-based), in milliseconds. */
export function retryDelayMs(policy: RetryPolicy, attempt: number): number {
  const factor = policy.backoff === "exponential" ? 2 ** Math.min(attempt - 1, 40) : 1;
  return Math.min(policy.delayMs * factor, policy.maxDelayMs);
}
