import { hash } from "node:crypto";
import { LIMITS } from "./limits.ts";

/** The lane of an execution's work: one per customer and flow, as a uuid. Apart from `ids.ts`: not for workflows. */
export function laneOf(owner: { customerId: string; flowId: string }): string {
  const hex = hash("sha256", `${owner.customerId}/${owner.flowId}`).slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The shard that a lane belongs to: 0 to `LIMITS.shards` - 1. */
export function shardOf(lane: string): number {
  return Number.parseInt(lane.slice(0, 8), 16) % LIMITS.shards;
}
