import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Budget } from "./budget.ts";

export interface IntakeMetrics {
  acknowledged(duplicate: boolean): void;
  refused(code: string): void;
  committed(window: { rows: number; ms: number }): void;
}

/** What the hot path tells Prometheus. Labels are of our own making: no sender can add a series. */
export function createIntakeMetrics(registry: Registry, budget: Budget): IntakeMetrics {
  const registers = [registry];
  const acks = new Counter({
    name: "millrace_intake_acknowledged_total",
    help: "Webhooks answered 202, by whether they were known already",
    labelNames: ["duplicate"],
    registers,
  });
  const refusals = new Counter({
    name: "millrace_intake_refused_total",
    help: "Webhooks refused, by error code",
    labelNames: ["code"],
    registers,
  });
  const windows = new Histogram({
    name: "millrace_intake_window_requests",
    help: "Webhooks committed in one transaction",
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  });
  const commits = new Histogram({
    name: "millrace_intake_commit_seconds",
    help: "Time of one transaction of webhooks",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  gaugeOf(registry, "millrace_intake_held_requests", () => budget.requests);
  gaugeOf(registry, "millrace_intake_held_bytes", () => budget.bytes);
  // Label objects are made once: at thousands per second they would be most of the cost.
  const [fresh, known] = [acks.labels("false"), acks.labels("true")];
  return {
    acknowledged: (duplicate) => (duplicate ? known : fresh).inc(),
    refused: (code) => refusals.labels(code).inc(),
    committed({ rows, ms }) {
      windows.observe(rows);
      commits.observe(ms / 1000);
    },
  };
}

function gaugeOf(registry: Registry, name: string, read: () => number): Gauge {
  return new Gauge({
    name,
    help: "Held in memory, not answered yet",
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
