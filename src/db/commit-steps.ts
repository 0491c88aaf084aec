import { codeOf } from "#contract/errors.ts";
import type { Db } from "./connect.ts";
import { applyStateWrites } from "./instance-state.ts";
import { insertStepResults, type StepResult } from "./step-results.ts";

/**
 * `stored`: committed now. `known`: a try of that name was stored before, and nothing of this one counts.
 * `state-conflict`, `state-full`: its changes of state cannot be committed, so nothing of it is.
 */
export type StepCommit = "stored" | "known" | "state-conflict" | "state-full";

/** Commits tries: those without changes of state together, each of the others in a transaction with its changes. */
export async function commitSteps(db: Db, results: StepResult[]): Promise<StepCommit[]> {
  const plain = results.filter((result) => result.stateWrites.length === 0);
  const stored = plain.length === 0 ? [] : await insertStepResults(db, plain);
  const outcomes = new Map(plain.map((result, index) => [result, toCommit(stored[index])]));
  for (const result of results)
    if (!outcomes.has(result)) outcomes.set(result, await commitWithState(db, result));
  return results.map((result) => outcomes.get(result) ?? "known");
}

function toCommit(isStored: boolean | undefined): StepCommit {
  return isStored === true ? "stored" : "known";
}

async function commitWithState(db: Db, result: StepResult): Promise<StepCommit> {
  try {
    return await db.transaction().execute(async (transaction) => {
      const [isStored] = await insertStepResults(transaction, [result]);
      if (isStored !== true) return "known";
      const outcome = await applyStateWrites(transaction, result, result.stateWrites);
      if (outcome !== "written") throw new StateRefusal(outcome);
      return "stored";
    });
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
