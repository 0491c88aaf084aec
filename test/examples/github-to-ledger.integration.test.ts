import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { createId } from "#contract/create-id.ts";
import type { Definition } from "#contract/definition.ts";
import { parseDefinition } from "#contract/parse-definition.ts";
import type { GuestTrigger, Sandbox, SessionOptions, StepReport } from "#contract/sandbox.ts";
import { createEgress, type Egress } from "#egress/create-egress.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import type { LedgerEntry, LedgerRequest } from "../../examples/github-to-ledger/ledger-book.ts";
import { type Ledger, startLedger } from "../../examples/github-to-ledger/ledger.ts";

interface Example {
  name: string;
  examples: object[];
}
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as Example[];
const push = { ref: "refs/heads/main", commits: [{}, {}], repository: { full_name: "acme/shop" } };
const source = fileURLToPath(new URL("../../examples/github-to-ledger/github-to-ledger.ts", import.meta.url));

const domain = { organizationId: createId(), integrationId: createId() };
let folder: string;
let ledger: Ledger;
let egress: Egress;
let sandbox: Sandbox;
let bundle: SessionOptions["bundle"];
let definition: Definition;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-example-"));
  ledger = await startLedger({ file: join(folder, "ledger.jsonl") });
  egress = createEgress();
  sandbox = await createSandbox({ fetch: egress.fetch, maxCells: 2, spareCells: 1 });
  const { code, sourceMap, sha256 } = await bundleIntegration(source);
  bundle = { sha256, load: () => Promise.resolve({ code, sourceMap }) };
  const report = await sandbox.readDefinition(domain, bundle, AbortSignal.timeout(20_000));
  definition = parseDefinition(report.definitionJson ?? JSON.stringify(report));
});
afterAll(async () => {
  await sandbox.stop();
  await egress.stop();
  await ledger.stop();
  await rm(folder, { recursive: true });
});

function triggerOf(event: string, payload: object, delivery = createId()): GuestTrigger {
  return {
    kind: "webhook",
    method: "POST",
    path: "",
    query: "",
    headers: [
      ["content-type", "application/json"],
      ["x-github-event", event],
      ["x-github-delivery", delivery],
    ],
    body: { encoding: "utf8", data: JSON.stringify(payload) },
    receivedAtMs: Date.now(),
  };
}

/** The flow's steps in one session, until one fails. */
async function run(
  trigger: GuestTrigger,
  { config = {}, permissions = definition.permissions, executionId = createId() } = {},
) {
  const outputs = new Map<string, string>();
  const session = sandbox.openSession(
    { domain, bundle, executionId, flowKey: "push", permissions },
    {
      trigger,
      configJson: JSON.stringify({ ledgerUrl: ledger.url, branch: "*", events: "", ...config }),
      outputs: () => outputs,
    },
  );
  const reports: Record<string, StepReport> = {};
  try {
    for (const { key, timeoutMs } of definition.flows[0]?.steps ?? []) {
      const step = {
        path: key,
        stepKey: key,
        attempt: 1,
        timeoutMs,
        idempotencyKey: `${executionId}/${key}`,
      };
      const report = await session.runStep(step, AbortSignal.timeout(20_000));
      reports[key] = report;
      if (report.outcome !== "ok") break;
      outputs.set(key, report.outputJson ?? "null");
    }
  } finally {
    session.close();
  }
  return reports;
}

const get = async <Answer>(path: string) => (await (await fetch(`${ledger.url}${path}`)).json()) as Answer;

test("the definition that the sandbox reads is the one in the source", () => {
  expect(definition).toMatchObject({
    key: "github-to-ledger",
    permissions: { net: { allow: ["127.0.0.1"], deny: [] } },
    flows: [
      {
        key: "push",
        retry: { maxAttempts: 3 },
        steps: [{ key: "parse" }, { key: "filter" }, { key: "post" }],
      },
    ],
  });
});

test("an example payload of each kind becomes one entry, by way of a cell and the egress", async () => {
  const deliveries = new Map(examples.map(({ name }) => [name, createId()]));
  for (const {
    name,
    examples: [payload = {}],
  } of examples) {
    const reports = await run(triggerOf(name, payload, deliveries.get(name)));
    expect(reports["post"], name).toMatchObject({
      outcome: "ok",
      fetches: { count: 1, last: { method: "POST", status: 201 } },
      accesses: [{ permission: "net", granted: true, address: "127.0.0.1" }],
    });
    expect(JSON.parse(reports["post"]?.outputJson ?? "")).toMatchObject({
      summary: "201, 1 entry",
      posted: 1,
    });
  }
  for (const [event, delivery] of deliveries) {
    const { entries } = await get<{ entries: LedgerEntry[] }>(`/entries?delivery=${delivery}`);
    expect(entries.map(({ body }) => body["event"])).toEqual([event]);
  }
});

test("an execution that runs again leaves one entry, by its idempotency key", async () => {
  const executionId = createId();
  const trigger = triggerOf("push", push);
  for (const status of [201, 200, 200]) {
    const reports = await run(trigger, { executionId });
    expect(reports["post"]?.fetches.last?.status).toBe(status);
  }
  const { requests } = await get<{ requests: LedgerRequest[] }>("/requests");
  const ours = requests.filter(({ idempotencyKey }) => idempotencyKey === `${executionId}/post`);
  expect(ours).toHaveLength(3);
  expect(new Set(ours.map(({ entryId }) => entryId)).size).toBe(1);
});

test("a ledger that asks to wait is told of as such", async () => {
  await fetch(`${ledger.url}/fail?status=503&times=1&retryAfter=7`, { method: "POST" });
  const { post } = await run(triggerOf("push", push));
  expect(post).toMatchObject({
    outcome: "threw",
    error: { name: "RetryableError", retryable: true, retryAfterMs: 7_000, httpStatus: 503 },
  });
  expect(post?.error?.stack).toContain("post-entry.ts");
});

test("a ledger that refuses is not asked again", async () => {
  await fetch(`${ledger.url}/fail?status=403&times=1`, { method: "POST" });
  const { post } = await run(triggerOf("push", push));
  expect(post).toMatchObject({
    outcome: "threw",
    error: { name: "FatalError", retryable: false, httpStatus: 403 },
  });
});

test("without the manifest's rule the ledger is out of reach, in Deno's words", async () => {
  const { post } = await run(triggerOf("push", push), {
    permissions: { net: { allow: ["ledger.example"], deny: [] } },
  });
  expect(post).toMatchObject({
    outcome: "not-capable",
    accesses: [{ granted: false }],
    error: {
      name: "NotCapable",
      message: `Requires net access to "${new URL(ledger.url).host}", add it to permissions.net in the manifest`,
    },
  });
});
