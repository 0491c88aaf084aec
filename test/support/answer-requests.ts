import { createId } from "#contract/create-id.ts";
import { codeOf } from "#contract/errors.ts";
import type { JsonObject } from "#contract/json.ts";
import { parseDefinition } from "#contract/parse-definition.ts";
import type { Db } from "#db/connect.ts";
import { claimRequests, endRequest } from "#db/requests.ts";

/**
 * Stands in for a worker: answers `evaluate-definition` by reading the bundle as the definition's JSON. For tests of
 * routes, whose subject is not the sandbox.
 */
export function answerRequests(db: Db): { stop(): Promise<void> } {
  const workerId = createId();
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped) {
      const claims = await claimRequests(db, { workerId, limit: 10, leaseMs: 10_000 });
      for (const claim of claims) await endRequest(db, { id: claim.id, workerId }, await answer(db, claim));
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
  claim: { kind: string; input: JsonObject },
): Promise<Parameters<typeof endRequest>[2]> {
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
