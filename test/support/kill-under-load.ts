import pg from "pg";
import type { KillPoint } from "#contract/kill-points.ts";
import type { FaultInstance } from "./fault-instance.ts";
import { judge, type Verdict } from "./fault-scenario.ts";
import type { RunningMillrace } from "./millrace.ts";
import { type Delivery, sendAll, type SendOptions } from "./sender.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Keeps senders busy until a process has died `hits` times at the point, then compares all records.
 * A third of the deliveries fails once and waits for the flow's retry, so that each point is reached.
 */
export async function killUnderLoad(options: {
  millrace: RunningMillrace;
  instance: FaultInstance;
  point: KillPoint;
  hits: number;
  /** Of many deaths in a row: a supervisor gives up a part that cannot stay up for two seconds. */
  letSettle?: boolean;
  /** Until every execution has its final state; default two minutes. */
  settleMs?: number;
}): Promise<Verdict> {
  const { millrace, instance, point } = options;
  let done = false;
  const load = sendUntil(instance, () => done);
  try {
    for (let hit = 0; hit < options.hits; hit += 1) {
      millrace.arm(point);
      await waitFor(() => !millrace.isArmed(point), { timeoutMs: 60_000, what: `${point} is reached` });
      if (options.letSettle === true)
        await waitFor(() => isSettled(instance), { timeoutMs: 60_000, what: "api and worker stay up" });
    }
  } finally {
    done = true;
  }
  const deliveries = await load;
  return judge({ millrace, ...instance, deliveries, settleMs: options.settleMs ?? 120_000 });
}

/** The newest api and the newest worker live, and have for three seconds. */
async function isSettled({ databaseUrl }: FaultInstance): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number; settled: boolean }>(
      `SELECT DISTINCT ON (kind) pid, started_at < now() - interval '3 s' AS settled
       FROM processes ORDER BY kind, started_at DESC`,
    );
    return rows.length === 2 && rows.every(({ pid, settled }) => settled && isAlive(pid));
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const MOST_UNFINISHED = 60;

/**
 * Batches of deliveries until told to stop. Intake takes a hundred times what is executed meanwhile, so a batch
 * follows only when most of those before it have ended: under load, but not behind an hour's backlog.
 */
export async function sendUntil(
  instance: Omit<FaultInstance, "webhookUrl"> & Pick<SendOptions, "webhookUrl">,
  isDone: () => boolean,
): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (!isDone()) {
    if ((await countUnfinished(instance)) > MOST_UNFINISHED) continue;
    deliveries.push(
      ...(await sendAll({
        webhookUrl: instance.webhookUrl,
        signingSecret: instance.signingSecret,
        count: 24,
        concurrency: 8,
        bodyOf: (index) => ({ number: deliveries.length + index, failFirst: index % 3 === 0 }),
        timeoutMs: 120_000,
      })),
    );
  }
  return deliveries;
}

async function countUnfinished({
  databaseUrl,
  flowId,
}: Pick<FaultInstance, "databaseUrl" | "flowId">): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // Postgres may be away, by the test's own doing: then nothing is known, and the sender goes on.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ open: number }>(
      "SELECT count(*)::int AS open, pg_sleep(0.1) FROM queue WHERE flow_id = $1",
      [flowId],
    );
    return rows[0]?.open ?? 0;
  } catch {
    return 0;
  } finally {
    await client.end().catch(() => {});
  }
}
