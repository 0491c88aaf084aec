import { EngineError } from "#contract/errors.ts";
import { CORPUS } from "#sandbox/hostile/corpus.ts";
import { formatResult, formatSummary, summarize } from "#sandbox/hostile/harness/summary.ts";
import { verify } from "#sandbox/hostile/harness/verify.ts";

export interface VerifyRequest {
  /** Names of families; none: all. */
  families: readonly string[];
  json: boolean;
  print: (line: string) => void;
}

/**
 * Runs the hostile programs in real cells on this machine and prints what became of each. Resolves with whether the
 * sandbox held.
 *
 * @throws EngineError `request/invalid` for a family that there is not
 */
export async function verifySandbox({ families, json, print }: VerifyRequest): Promise<boolean> {
  const names = CORPUS.map(({ name }) => name);
  const unknown = families.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new EngineError(
      "request/invalid",
      `--family: there is no ${unknown.join(", ")}; there are ${names.join(", ")}`,
    );
  const chosen = CORPUS.filter(({ name }) => families.length === 0 || families.includes(name));
  const report = await verify({
    families: chosen,
    onResult: (result) => (json ? undefined : print(formatResult(result))),
  });
  const summary = summarize(report);
  print(json ? JSON.stringify({ ...summary, ...report }) : `\n${formatSummary(report)}`);
  return summary.held;
}
