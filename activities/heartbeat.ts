import type { Context } from "@temporalio/activity";

/** The first beat comes after it too, so that a short step pays nothing. A third of the timeout that it serves. */
const HEARTBEAT_MS = 5_000;

/** Beats while `work` runs, so that the server notices a dead worker, and cancellation reaches the step. */
export async function withHeartbeat<Result>(context: Context, work: () => Promise<Result>): Promise<Result> {
  if (context.info.isLocal) return work();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
