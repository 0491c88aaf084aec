import { Client, Connection } from "@temporalio/client";
import pg from "pg";
import type { Delivery } from "./sender.ts";
import type { RunningMillrace } from "./millrace.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Compares three records that were kept apart: the sender's (what it was told), the ledger's (what reached it), and
 * ours (executions, step results, Temporal's histories). Returns what does not agree; empty means 0 lost, 0 doubled.
 */
export interface Verdict {
  deliveries: number;
  executions: number;
  ledgerEntries: number;
  /** Requests beyond one per entry: effects that were tried again and recognised by their idempotency key. */
  repeatedRequests: number;
  problems: string[];
}

export interface LedgerRecord {
  entries: { idempotencyKey: string; body: { number: number } }[];
  requests: number;
}

export async function judge(options: {
  millrace: RunningMillrace;
  flowId: string;
  deliveries: Delivery[];
  ledgerUrl: string;
  settleMs: number;
}): Promise<Verdict> {
  const pool = new pg.Pool({ connectionString: options.millrace.run.databaseUrl, max: 2 });
  const connection = await Connection.connect({ address: options.millrace.run.temporalAddress });
  try {
    await settle(pool, options);
    const executions = await readExecutions(pool, options.flowId);
    const ledger = await readLedger(options.ledgerUrl, new Set(executions.map(({ id }) => id)));
    const problems = [
      ...judgeDeliveries(options.deliveries, executions),
      ...judgeLedger(ledger, executions),
      ...(await judgeHistories(new Client({ connection }), executions)),
      ...(await judgeQueue(pool, options.flowId)),
    ];
    return {
      deliveries: options.deliveries.length,
      executions: executions.length,
      ledgerEntries: ledger.entries.length,
      repeatedRequests: ledger.requests - ledger.entries.length,
      problems,
    };
  } finally {
    await connection.close();
    await pool.end();
  }
}

interface ExecutionRow {
  id: string;
  state: string;
  organization_id: string;
  instance_id: string;
}

async function settle(pool: pg.Pool, options: { flowId: string; settleMs: number }): Promise<void> {
  await waitFor(
    async () => {
      const { rows } = await pool.query<{ open: number }>(
        "SELECT count(*)::int AS open FROM executions WHERE flow_id = $1 AND finished_at IS NULL",
        [options.flowId],
      );
      return rows[0]?.open === 0;
    },
    { timeoutMs: options.settleMs, what: "every execution has a final state" },
  );
}

async function readExecutions(pool: pg.Pool, flowId: string): Promise<ExecutionRow[]> {
  const { rows } = await pool.query<ExecutionRow>(
    "SELECT id, state, organization_id, instance_id FROM executions WHERE flow_id = $1",
    [flowId],
  );
  return rows;
}

/** The ledger's own answer, narrowed to the executions in question: their keys begin with the execution's id. */
async function readLedger(ledgerUrl: string, executionIds: Set<string>): Promise<LedgerRecord> {
  const ours = (entry: { idempotencyKey?: string | null }) =>
    executionIds.has((entry.idempotencyKey ?? "").slice(0, 36));
  const entries = (await (await fetch(`${ledgerUrl}/entries`)).json()) as {
    entries: LedgerRecord["entries"];
  };
  const requests = (await (await fetch(`${ledgerUrl}/requests`)).json()) as {
    requests: { idempotencyKey?: string | null }[];
  };
  return { entries: entries.entries.filter(ours), requests: requests.requests.filter(ours).length };
}

function judgeDeliveries(deliveries: Delivery[], executions: ExecutionRow[]): string[] {
  const stored = new Map(executions.map((row) => [row.id, row.state]));
  const problems = deliveries.flatMap((delivery) => {
    const ids = [...delivery.executionIds];
    if (ids.length !== 1)
      return [`delivery ${delivery.id} was given ${ids.length} executions: ${ids.join(" ")}`];
    const state = stored.get(ids[0]!);
    if (state === undefined) return [`delivery ${delivery.id}: execution ${ids[0]} is not stored`];
    return state === "succeeded" ? [] : [`execution ${ids[0]} ended ${state}`];
  });
  const told = new Set(deliveries.flatMap((delivery) => [...delivery.executionIds]));
  return problems.concat(
    executions.filter(({ id }) => !told.has(id)).map(({ id }) => `execution ${id} belongs to no delivery`),
  );
}

function judgeLedger(ledger: LedgerRecord, executions: ExecutionRow[]): string[] {
  const counts = new Map<string, number>();
  for (const entry of ledger.entries) {
    const executionId = entry.idempotencyKey.slice(0, 36);
    counts.set(executionId, (counts.get(executionId) ?? 0) + 1);
  }
  return executions
    .filter(({ id }) => counts.get(id) !== 1)
    .map(({ id }) => `execution ${id} has ${counts.get(id) ?? 0} entries at the ledger`);
}

async function judgeHistories(client: Client, executions: ExecutionRow[]): Promise<string[]> {
  const problems: string[] = [];
  for (const row of executions) {
    const workflowId = `x/${row.organization_id}/${row.instance_id}/${row.id}`;
    // The final state is committed before the workflow's last task is: a moment later, or a worker's death later.
    const status = await waitFor(
      async () => {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        return status.name !== "RUNNING" && status.name;
      },
      { timeoutMs: 60_000, what: `workflow ${workflowId} is closed` },
    );
    if (status !== "COMPLETED") problems.push(`workflow ${workflowId} is ${status}`);
  }
  return problems;
}

async function judgeQueue(pool: pg.Pool, flowId: string): Promise<string[]> {
  const { rows } = await pool.query<{ execution_id: string }>(
    "SELECT execution_id FROM queue WHERE flow_id = $1",
    [flowId],
  );
  return rows.map((row) => `execution ${row.execution_id} is final but still in the queue`);
}
