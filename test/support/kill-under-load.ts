import type { KillPoint } from "#contract/kill-points.ts";
import type { FaultInstance } from "./fault-instance.ts";
import { judge, type Verdict } from "./fault-scenario.ts";
import type { RunningMillrace } from "./millrace.ts";
import { type Delivery, sendAll } from "./sender.ts";
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
}): Promise<Verdict> {
  const { millrace, instance, point } = options;
  let done = false;
  const load = sendUntil(instance, () => done);
  try {
    for (let hit = 0; hit < options.hits; hit += 1) {
      millrace.arm(point);
      await waitFor(() => !millrace.isArmed(point), { timeoutMs: 60_000, what: `${point} is reached` });
    }
  } finally {
    done = true;
  }
  const deliveries = await load;
  return judge({ millrace, ...instance, deliveries, settleMs: 120_000 });
}

/** Batches of deliveries, one after another, until told to stop. */
export async function sendUntil(instance: FaultInstance, isDone: () => boolean): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (!isDone()) {
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
