import type { Seeded } from "./seed.ts";

/** A question to the API with values that change from turn to turn. */
export interface Question {
  name: string;
  path(turn: number): string;
}

const HOUR_MS = 60 * 60 * 1000;

function at(list: readonly string[], turn: number): string {
  return list[(turn * 7919) % list.length] ?? "";
}

export function executionQuestions(seeded: Seeded): Question[] {
  const { busyInstances, busyCustomers, busyFlows, integrations, executions } = seeded;
  const ask = (name: string, query: (turn: number) => Record<string, string>): Question => ({
    name: `executions: ${name}`,
    path: (turn) => `/executions?${new URLSearchParams(query(turn)).toString()}`,
  });
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();
  const day = (turn: number) => ({ from: ago(24 * (1 + (turn % 25))), to: ago(24 * (turn % 25)) });
  return [
    ask("no filter", () => ({})),
    ask("no filter, 200 at once", () => ({ limit: "200" })),
    ask("failed (1 %)", () => ({ state: "failed" })),
    ask("cancelled (1 in 10,000)", () => ({ state: "cancelled" })),
    ask("lost (none)", () => ({ state: "lost" })),
    ask("failed, cancelled or lost", () => ({ state: "failed,cancelled,lost" })),
    ask("queued, running or waiting (200)", () => ({ state: "queued,running,waiting" })),
    ask("waiting (none)", () => ({ state: "waiting" })),
    ask("of an instance", (turn) => ({ instance: at(busyInstances, turn) })),
    ask("of the busiest instance, failed", () => ({ instance: busyInstances[0] ?? "", state: "failed" })),
    ask("of an instance, lost (none)", (turn) => ({ instance: at(busyInstances, turn), state: "lost" })),
    ask("of a customer", (turn) => ({ customer: at(busyCustomers, turn) })),
    ask("of a customer, failed", (turn) => ({ customer: at(busyCustomers, turn), state: "failed" })),
    ask("of a flow, by id", (turn) => ({ flow: at(busyFlows, turn) })),
    ask("of a flow, by id, failed", (turn) => ({ flow: at(busyFlows, turn), state: "failed" })),
    ask("of flows, by a frequent key", () => ({ flow: "push" })),
    ask("of flows, by a rare key (10 in a million)", () => ({ flow: "rare" })),
    ask("of an integration", (turn) => ({ integration: at(integrations.slice(1), turn) })),
    ask("of an integration with 10 instances", () => ({ integration: integrations[0] ?? "" })),
    ask("of an integration, failed", (turn) => ({ integration: at(integrations, turn), state: "failed" })),
    ask("of an integration's first version", (turn) => ({
      integration: at(integrations.slice(1), turn),
      version: "1",
    })),
    ask("of a day", day),
    ask("of a day, failed", (turn) => ({ ...day(turn), state: "failed" })),
    ask("of an instance on a day", (turn) => ({ ...day(turn), instance: at(busyInstances, turn) })),
    ask("by id", (turn) => ({ text: at(executions, turn) })),
    ask("error's text, frequent (10,000)", () => ({ text: "upstream answered" })),
    ask("error's text, rare (30)", (turn) => ({ text: `order ${100 * (1 + (turn % 300))} of` })),
    ask("error's text, none", () => ({ text: "nobody ever wrote this" })),
    ask("error's text of a customer", (turn) => ({ text: "503", customer: at(busyCustomers, turn) })),
  ];
}

export function instanceQuestions(seeded: Seeded): Question[] {
  const { customers, integrations } = seeded;
  const ask = (name: string, query: (turn: number) => Record<string, string>): Question => ({
    name: `instances: ${name}`,
    path: (turn) => `/instances?${new URLSearchParams(query(turn)).toString()}`,
  });
  return [
    ask("no filter", () => ({})),
    ask("part of the name, one", (turn) => ({ search: `hop ${100_000 + turn * 977}` })),
    ask("part of the name, all", () => ({ search: "shop" })),
    ask("part of the name, none", () => ({ search: "no such thing" })),
    ask("two letters of the name, none", () => ({ search: "qx" })),
    ask("the whole name", (turn) => ({ name: `shop ${5 + turn * 977}` })),
    ask("part of the description, one", (turn) => ({ description: `branch ${100_000 + turn * 977} in` })),
    ask("part of the description, none", () => ({ description: "in the south" })),
    ask("of a customer", (turn) => ({ customer: at(customers, turn) })),
    ask("of an integration", (turn) => ({ integration: at(integrations.slice(1), turn) })),
    ask("of an integration with 10", () => ({ integration: integrations[0] ?? "" })),
    ask("label, half of all", () => ({ label: "eu" })),
    ask("label, 1 in 10,000", () => ({ label: "pilot" })),
    ask("label, none", () => ({ label: "nobody" })),
    ask("enabled", () => ({ state: "enabled" })),
    ask("paused (1 in 1,000)", () => ({ state: "paused" })),
    ask("undeployed (1 in 200)", () => ({ state: "undeployed" })),
    ask("withdrawn (none)", () => ({ state: "withdrawn" })),
    ask("deleting (none)", () => ({ state: "deleting" })),
    ask("version 1 (1 in 100)", () => ({ version: "1" })),
    ask("version 2 (none)", () => ({ version: "2" })),
    ask("attention: any", () => ({ attention: "any" })),
    ask("attention: new version (11 %)", () => ({ attention: "new-version" })),
    ask("attention: failed last run (1 %)", () => ({ attention: "failed-last-run" })),
    ask("attention: missing config (1 in 500)", () => ({ attention: "missing-config" })),
    ask("attention: schedule overdue (20)", () => ({ attention: "schedule-overdue" })),
    ask("attention: withdrawn version (none)", () => ({ attention: "withdrawn-version" })),
    ask("attention of a customer", (turn) => ({ attention: "any", customer: at(customers, turn) })),
    ask("attention, label pilot, of an integration", (turn) => ({
      attention: "any",
      label: "pilot",
      integration: at(integrations, turn),
    })),
    ask("part of the name, version, label", (turn) => ({
      search: `hop ${10 + (turn % 90)}`,
      version: "5",
      label: "eu",
    })),
  ];
}

export function customerQuestions(): Question[] {
  const ask = (name: string, query: (turn: number) => Record<string, string>): Question => ({
    name: `customers: ${name}`,
    path: (turn) => `/customers?${new URLSearchParams(query(turn)).toString()}`,
  });
  return [
    ask("no filter", () => ({})),
    ask("by name", () => ({ sort: "name" })),
    ask("search, one", (turn) => ({ search: `crm-${10_000 + turn * 97}` })),
    ask("search, all", () => ({ search: "customer" })),
    ask("search, none", () => ({ search: "no such thing" })),
    ask("label, 1 in 1,000, by name", () => ({ label: "strategic", sort: "name" })),
  ];
}
