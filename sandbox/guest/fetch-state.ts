import type { Response } from "./response.ts";

/** What is remembered of requests under way; apart from `fetch`, which a step may never ask for. */
interface Pending {
  resolve(response: Response): void;
  reject(error: unknown): void;
}

export const pending = new Map<number, Pending>();
let lastId = 0;
let idempotencyKey = "";

/** Called as a step begins: what an earlier step left behind is forgotten. */
export function beginFetches(stepIdempotencyKey: string): void {
  pending.clear();
  idempotencyKey = stepIdempotencyKey;
}

export function nextFetchId(): number {
  lastId += 1;
  return lastId;
}

export function stepKey(): string {
  return idempotencyKey;
}
