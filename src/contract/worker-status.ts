import { z } from "zod";

/** What a worker says of itself with each heartbeat. */
export interface WorkerStatus {
  /** Executions that may run there at once, by memory. */
  slots: number;
  /** Of these, as many as its cores keep up with at present. */
  limit: number;
  used: number;
  /** Why it starts nothing at present; null while it does. For operators: it may name hosts. */
  problem: string | null;
}

const workerStatusSchema = z.object({
  slots: z.number(),
  limit: z.number(),
  used: z.number(),
  problem: z.string().nullable(),
});

/** Undefined for what a worker of an earlier release left. */
export function parseWorkerStatus(value: unknown): WorkerStatus | undefined {
  const { success, data } = workerStatusSchema.safeParse(value);
  return success ? data : undefined;
}

/** It starts nothing at present. One that says nothing of itself is taken to work. */
export function isStuck(status: WorkerStatus | undefined): boolean {
  return status !== undefined && status.problem !== null;
}
