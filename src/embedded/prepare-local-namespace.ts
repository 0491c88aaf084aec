import { Connection } from "@temporalio/client";
import { EngineError } from "#contract/errors.ts";
import { prepareNamespace } from "#engine/prepare-namespace.ts";
import { pollUntil } from "./poll-until.ts";

const SERVES_WITHIN_MS = 60_000;

export interface PrepareLocalNamespaceOptions {
  address: string;
  namespace: string;
  retentionDays: number;
  signal: AbortSignal;
}

/**
 * Waits until a local Temporal serves its namespace, then gives that its retention and search attributes.
 * @throws EngineError `engine/start` where the server refuses: a local one has no reason to.
 */
export async function prepareLocalNamespace(options: PrepareLocalNamespaceOptions): Promise<void> {
  const { address, namespace, retentionDays, signal } = options;
  const connection = Connection.lazy({ address, connectTimeout: 2_000 });
  try {
    await pollUntil(() => isServing(connection, namespace), { timeoutMs: SERVES_WITHIN_MS, signal });
    const problems = await prepareNamespace({ connection, namespace, retentionDays });
    if (problems.length > 0) throw new EngineError("engine/start", problems.join(". "));
  } finally {
    await connection.close();
  }
}

async function isServing(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  }
}
