import { randomUUID } from "node:crypto";
import examples from "@octokit/webhooks-examples";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningMillrace, startMillrace } from "../support/millrace.ts";
import { signedHeaders } from "../support/sender.ts";
import { waitFor } from "../support/wait-for.ts";

interface Execution {
  id: string;
  state: string;
}

interface LedgerEntry {
  idempotencyKey: string;
  body: Record<string, unknown>;
}

let millrace: RunningMillrace;
let push: RunningMillrace["run"]["demo"]["flows"][string];

beforeAll(async () => {
  millrace = await startMillrace();
  push = millrace.run.demo.flows["push"]!;
});

afterAll(async () => {
  await millrace.stop();
  millrace.remove();
});

async function post(options: { event: string; deliveryId: string; payload: unknown }) {
  const body = JSON.stringify(options.payload);
  const response = await fetch(push.webhookUrl, {
    method: "POST",
    headers: signedHeaders({ ...options, secret: push.signingSecret, body }),
    body,
  });
  return {
    status: response.status,
    receipt: (await response.json()) as { executionId: string; statusUrl: string; duplicate: boolean },
  };
}

async function finalState(executionId: string): Promise<string> {
  const execution = await waitFor(
    async () => {
      const found = await millrace.call<Execution>("GET", `/executions/${executionId}`);
      return ["succeeded", "failed", "cancelled", "lost"].includes(found.state) ? found : undefined;
    },
    { timeoutMs: 60_000, what: `execution ${executionId} has a final state` },
  );
  return execution.state;
}

async function ledgerEntriesOf(executionIds: Set<string>): Promise<LedgerEntry[]> {
  const response = await fetch(`${millrace.run.demo.ledgerUrl}/entries`);
  const { entries } = (await response.json()) as { entries: LedgerEntry[] };
  return entries.filter((entry) => executionIds.has(entry.idempotencyKey.slice(0, 36)));
}

test("every example payload that GitHub publishes becomes one execution with its entry at the ledger", async () => {
  const payloads = (examples as unknown as { name: string; examples: object[] }[]) // the package types its ESM entry as its CommonJS one
    .flatMap(({ name, examples: list }) => list.map((payload) => ({ event: name, payload })));
  expect(payloads.length).toBeGreaterThan(100);
  const sent = await Promise.all(
    payloads.map(async ({ event, payload }) => ({
      event,
      payload,
      ...(await post({ event, payload, deliveryId: randomUUID() })),
    })),
  );
  expect(sent.filter(({ status }) => status !== 202)).toEqual([]);
  const ids = new Set(sent.map(({ receipt }) => receipt.executionId));
  expect(ids.size).toBe(payloads.length);
  for (const { receipt, event } of sent) {
    expect({ event, state: await finalState(receipt.executionId) }).toEqual({ event, state: "succeeded" });
  }
  const entries = await ledgerEntriesOf(ids);
  expect(new Set(entries.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(entries.length);
  expect(entries.length).toBeGreaterThan(0);
});

test("200 concurrent senders of one delivery get one execution, and each is told its id", async () => {
  const deliveryId = randomUUID();
  const payload = { ref: "refs/heads/main", commits: [{ id: "1" }], repository: { full_name: "a/b" } };
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => post({ event: "push", deliveryId, payload })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const ids = new Set(answers.map(({ receipt }) => receipt.executionId));
  expect(ids.size).toBe(1);
  expect(answers.filter(({ receipt }) => !receipt.duplicate)).toHaveLength(1);
  expect(await finalState([...ids][0]!)).toBe("succeeded");
});

test("a delivery whose signature is wrong is refused and leaves no execution", async () => {
  const response = await fetch(push.webhookUrl, {
    method: "POST",
    headers: signedHeaders({ secret: "another secret", deliveryId: randomUUID(), body: "{}" }),
    body: "{}",
  });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: "request/unauthenticated" });
});
