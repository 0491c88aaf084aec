import { createId } from "#contract/create-id.ts";
import { codeOf } from "#contract/errors.ts";
import type { JsonObject } from "#contract/json.ts";
import { parseDefinition } from "#contract/parse-definition.ts";
import { REQUESTS } from "#contract/requests.ts";
import type { Db } from "#db/connect.ts";
import { claimRequests, endRequest } from "#db/requests.ts";

export interface AnswerOptions {
  /** What a worker does for `run-job`; left out, jobs stay queued. */
  startJob?: (job: { organizationId: string; input: { jobId: string } }) => Promise<{ outcome: string }>;
}

/**
 * Stands in for a worker: answers `evaluate-definition` by reading the bundle as the definition's JSON, offers what it is
 * asked with as choices, and has checks refuse the value "bad" and fail at "throw". For tests of routes, whose subject
 * is not the sandbox.
 */
export function answerRequests(db: Db, { startJob }: AnswerOptions = {}): { stop(): Promise<void> } {
  const workerId = createId();
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped) {
      const claims = await claimRequests(db, { workerId, limit: 10, leaseMs: 10_000 });
      for (const claim of claims)
        await endRequest(db, { id: claim.id, workerId }, await answer(db, claim, startJob));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}

async function answer(
  db: Db,
  claim: { kind: string; organizationId: string; input: JsonObject },
  startJob: AnswerOptions["startJob"],
): Promise<Parameters<typeof endRequest>[2]> {
  if (claim.kind === "fetch-config-options" || claim.kind === "check-config") return answerConfig(claim);
  if (claim.kind === "run-job" && startJob !== undefined) {
    const { organizationId } = claim;
    const input = REQUESTS["run-job"].input.parse(claim.input);
    return { state: "done", result: await startJob({ organizationId, input }) };
  }
  if (claim.kind !== "evaluate-definition") return { state: "done", result: { outcome: "asked" } };
  const { code } = await db
    .selectFrom("bundles")
    .select("code")
    .where("sha256", "=", JSON.stringify(claim.input["bundleSha256"]).slice(1, -1))
    .executeTakeFirstOrThrow();
  try {
    return {
      state: "done",
      result: { definition: JSON.parse(JSON.stringify(parseDefinition(code))) as JsonObject },
    };
  } catch (error) {
    return { state: "failed", error: { code: codeOf(error), message: (error as Error).message } };
  }
}

function answerConfig({
  kind,
  input,
}: {
  kind: string;
  input: JsonObject;
}): Parameters<typeof endRequest>[2] {
  const { config, grants, variables } = input as {
    config: JsonObject;
    grants: JsonObject;
    variables: string[];
  }; // as the api wrote it
  if (kind === "fetch-config-options")
    return {
      state: "done",
      result: {
        choices: [JSON.stringify(config), JSON.stringify(grants)].map((value) => ({ value, label: value })),
      },
    };
  const message = "The check failed: Error: no (a.ts:1:1)";
  if (Object.values(config).includes("throw"))
    return { state: "failed", error: { code: "step/config-failed", message } };
  const refused = variables.filter((variable) => config[variable] === "bad");
  return {
    state: "done",
    result: { refused: refused.map((variable) => ({ variable, message: "is bad" })) },
  };
}
