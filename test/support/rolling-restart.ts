import { deployFaultFlow } from "./fault-instance.ts";
import { judge, type Verdict } from "./fault-scenario.ts";
import type { Fleet } from "./fleet.ts";
import { sendUntil } from "./kill-under-load.ts";
import { sendAll, type SendOptions } from "./sender.ts";
import type { RunningMillrace } from "./millrace.ts";

/**
 * Restarts every process of the fleet in order, one after the other, while senders that know both apis go on. What
 * they were answered beside 2xx and the announced 503 of a closing process is a problem, as is all that `judge` finds.
 */
export async function rollingRestart(options: {
  millrace: RunningMillrace;
  fleet: Fleet;
  rounds: number;
}): Promise<Verdict & { announced: number; broken: number }> {
  const { millrace, fleet } = options;
  const instance = await deployFaultFlow(millrace);
  const { pathname } = new URL(instance.webhookUrl);
  let done = false;
  const webhookUrl = fleet.origins.map((origin) => origin + pathname);
  const isDone = (): boolean => done;
  const sending = Promise.all([
    sendUntil({ ...instance, webhookUrl }, isDone),
    repeatUntil({ ...instance, webhookUrl }, isDone),
  ]);
  try {
    for (let round = 0; round < options.rounds; round += 1)
      for (const member of fleet.members) await member.restart();
  } finally {
    done = true;
  }
  const deliveries = (await sending).flat();
  const verdict = await judge({ millrace, ...instance, deliveries, settleMs: 120_000 });
  const faults = deliveries.flatMap(({ id, faults }) => faults.map((fault) => `delivery ${id}: ${fault}`));
  const announced = deliveries.flatMap(({ statuses }) => statuses).filter((status) => status === 503).length;
  const broken = deliveries.reduce((sum, delivery) => sum + delivery.broken, 0);
  return { ...verdict, announced, broken, problems: [...verdict.problems, ...faults] };
}

const LANES = 4;
const REPEAT_MS = 10;

/** Few deliveries, each again and again: an intake that is never idle, however slowly executions end. */
function repeatUntil(to: Pick<SendOptions, "webhookUrl" | "signingSecret">, isDone: () => boolean) {
  return sendAll({
    ...to,
    count: LANES,
    concurrency: LANES,
    bodyOf: (index) => ({ number: -1 - index }),
    timeoutMs: 600_000,
    repeat: { everyMs: REPEAT_MS, isDone },
  });
}
