import type { StepAttemptKey, StoredStep } from "#db/step-results.ts";

/** Where a step stands among the workflow's writes. */
export interface StepPosition {
  generation: number;
  seq: number;
  /** Results with a smaller `seq` do not count in this attempt of the flow. */
  since: number;
}

/**
 * The outputs that a step may read, by path: of the steps before it. A `kept` one always counts. What an earlier
 * generation wrote counts up to the write where the next one took over: later steps of it never happened.
 */
export function outputsBefore(stored: readonly StoredStep[], at: StepPosition): Map<string, string> {
  const outputs = new Map<string, string>();
  for (const step of inOrder(stored)) {
    if (step.output === undefined) continue;
    const counts =
      step.outcome === "kept" ||
      (step.outcome === "ok" &&
        step.seq >= at.since &&
        step.seq < endOfGeneration(stored, step.generation, at));
    if (!counts) continue;
    outputs.delete(step.path); // so that the order is that of the last write
    outputs.set(step.path, step.output);
  }
  return outputs;
}

function inOrder(stored: readonly StoredStep[]): StoredStep[] {
  const rank = (step: StoredStep) => (step.outcome === "kept" ? -1 : step.seq);
  return stored.toSorted((a, b) => rank(a) - rank(b) || a.generation - b.generation);
}

/** The first write of a later generation, the asking step's own included. */
function endOfGeneration(stored: readonly StoredStep[], generation: number, at: StepPosition): number {
  return stored.reduce((end, step) => (step.generation > generation ? Math.min(end, step.seq) : end), at.seq);
}

/**
 * The committed end of a step, where it has one: asked for again, it is told and not done again. That happens when
 * its completion was lost: the worker died, or a signal arrived during a local activity.
 */
export function findFinished(
  stored: readonly StoredStep[],
  step: { key: StepAttemptKey; since: number },
): StoredStep | undefined {
  const { key, since } = step;
  const ofStep = stored.filter((each) => each.path === key.path);
  return (
    ofStep.findLast(
      (each) => each.outcome === "ok" && each.generation === key.generation && each.seq >= since,
    ) ??
    ofStep.find((each) => each.outcome === "kept") ??
    ofStep.find((each) => isSameTry(each, key) && each.outcome !== "cancelled")
  );
}

function isSameTry(step: StoredStep, key: StepAttemptKey): boolean {
  return (
    step.generation === key.generation && step.attempt === key.attempt && step.stepAttempt === key.stepAttempt
  );
}
