import { codeOf } from "#contract/errors.ts";
import type { Db } from "./connect.ts";
import { insertFlowCalls } from "./flow-calls.ts";
import { applyStateWrites } from "./instance-state.ts";
import { insertStepResults, type StepResult } from "./step-results.ts";

/**
 * `stored`: committed now. `known`: a try of that name was stored before, or its execution is deleted, and nothing of
 * this one counts.
 * `state-conflict`, `state-full`: its changes of state, or its calls, cannot be committed, so nothing of it is.
 */
export type StepCommit = "stored" | "known" | "state-conflict" | "state-full";

/**
 * Commits tries: plain ones together, each of the others in a transaction with its changes of state and the flows that
 * it starts. `queued` is told of the shards of these after the commit.
 */
export async function commitSteps(
  db: Db,
  results: StepResult[],
  queued: (shard: number) => void,
): Promise<StepCommit[]> {
  const plain = results.filter((result) => result.stateWrites.length + result.flowCalls.length === 0);
  const stored = plain.length === 0 ? [] : await insertStepResults(db, plain);
  const outcomes = new Map(plain.map((result, index) => [result, toCommit(stored[index])]));
  for (const result of results)
    if (!outcomes.has(result)) outcomes.set(result, await commitWithMore(db, result, queued));
  return results.map((result) => outcomes.get(result) ?? "known");
}

function toCommit(isStored: boolean | undefined): StepCommit {
  return isStored === true ? "stored" : "known";
}

async function commitWithMore(
  db: Db,
  result: StepResult,
  queued: (shard: number) => void,
): Promise<StepCommit> {
  const { stateWrites, flowCalls } = result;
  try {
    const shards = await db.transaction().execute(async (transaction) => {
      const [isStored] = await insertStepResults(transaction, [result]);
      if (isStored !== true) return undefined;
      if (stateWrites.length > 0) {
        const outcome = await applyStateWrites(transaction, result, stateWrites);
        if (outcome !== "written") throw new StateRefusal(outcome);
      }
      const called = flowCalls.length === 0 ? [] : await insertFlowCalls(transaction, result, flowCalls);
      if (called === "conflict") throw new StateRefusal(called);
      return called;
    });
    for (const shard of new Set(shards)) queued(shard);
    return toCommit(shards !== undefined);
  } catch (error) {
    if (error instanceof StateRefusal) return `state-${error.outcome}`;
    // A value has become one that cannot take the change since the step looked at it.
    if (codeOf(error) === "step/fatal") return "state-conflict";
    throw error;
  }
}

/** Rolls the transaction back. Never leaves this file. */
class StateRefusal extends Error {
  readonly outcome: "conflict" | "full";

  constructor(outcome: "conflict" | "full") {
    super(outcome);
    this.outcome = outcome;
  }
}
