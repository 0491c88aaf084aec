import { randomUUID } from "node:crypto";
import { inject } from "vitest";

export interface TestTemporal {
  address: string;
  /** Of the whole run: tests are kept apart by their task queues and by ids that are unique anyway. */
  namespace: string;
  /** New at each call. */
  taskQueue: string;
}

/** The run's Temporal, with a task queue of the caller's own. */
export function testTemporal(): TestTemporal {
  return { address: inject("temporalAddress"), namespace: "default", taskQueue: `test-${randomUUID()}` };
}
