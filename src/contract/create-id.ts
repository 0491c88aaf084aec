import { randomUUIDv7 } from "node:crypto";

/** A new UUIDv7. Apart from `ids.ts`, since workflows may not import Node's built-ins. */
export function createId(): string {
  return randomUUIDv7();
}
