import { createRequire } from "node:module";
import { type StepContext, type StepFetch, type StepFetchInit, type Trigger } from "millrace";
import { expect, test } from "vitest";
import integration from "./github-to-ledger.ts";
import type { GitHubEvent } from "./parse-event.ts";

interface Example {
  name: string;
  examples: { repository?: { full_name: string }; action?: string; sender?: { login: string } }[];
}
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as Example[];

const CONFIG = { ledgerUrl: "http://127.0.0.1:8090", branch: "main", events: "" };
const steps = integration.functions["push"] ?? {};

function triggerOf(event: string, body: string, contentType = "application/json"): Trigger {
  return {
    kind: "webhook",
    method: "POST",
    path: "",
    query: new URLSearchParams(),
    headers: new Headers({
      "X-GitHub-Event": event,
      "X-GitHub-Delivery": "d-1",
      "Content-Type": contentType,
    }),
    body: {
      text: () => body,
      json: () => JSON.parse(body) as unknown,
      bytes: () => new TextEncoder().encode(body),
      form: () => new URLSearchParams(body),
      multipart: () => [],
      xml: () => ({ name: "", attributes: {}, text: "", children: [] }),
    },
    receivedAt: new Date(),
  };
}

interface Sent {
  url: string;
  init: StepFetchInit;
}

/** Runs the flow's steps in order, each output through JSON, as the engine does. */
async function run(
  trigger: Trigger,
  { config = {}, answer = () => Response.json({ id: "e-1" }, { status: 201 }) } = {},
) {
  const sent: Sent[] = [];
  const fetch: StepFetch = (url, init = {}) => {
    sent.push({ url: url instanceof Request ? url.url : url.toString(), init });
    return Promise.resolve(answer());
  };
  const outputs: Record<string, unknown> = {};
  for (const [key, step] of Object.entries(steps)) {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const context = {
      trigger,
      steps: outputs,
      config: { ...CONFIG, ...config },
      fetch,
      log,
      connections: {},
      state: NO_STATE,
      flows: { start: notAsked },
      permissions: {
        query: () => Promise.reject(new Error("not asked")),
        querySync: () => Object.assign(new EventTarget(), DENIED),
      },
      idempotencyKey: `x/${key}`,
      execution: { id: "x", attempt: 1 },
    } satisfies StepContext & { config: object };
    outputs[key] = JSON.parse(JSON.stringify(await step(context)));
  }
  return { sent, outputs };
}

const notAsked = () => Promise.reject(new Error("this flow keeps nothing"));
const STORE = {
  get: notAsked,
  set: notAsked,
  delete: notAsked,
  increment: notAsked,
  append: notAsked,
  compareAndSet: notAsked,
};
const NO_STATE = { ...STORE, flow: STORE };

const DENIED = { state: "denied", partial: false } as const;
const push = (ref: string, commits = 2) =>
  JSON.stringify({
    ref,
    commits: Array.from({ length: commits }, () => ({})),
    repository: { full_name: "acme/shop" },
    sender: { login: "ada" },
  });

test("every example payload of GitHub's becomes one entry", async () => {
  let count = 0;
  for (const { name, examples: payloads } of examples) {
    for (const payload of payloads) {
      const { sent, outputs } = await run(triggerOf(name, JSON.stringify(payload)), {
        config: { branch: "*" },
      });
      expect(sent).toHaveLength(1);
      expect(sent[0]).toMatchObject({
        url: "http://127.0.0.1:8090/entries",
        init: {
          method: "POST",
          idempotencyKey: true,
          json: {
            event: name,
            delivery: "d-1",
            action: payload.action ?? null,
            repository: payload.repository?.full_name ?? null,
            sender: payload.sender?.login ?? null,
          },
        },
      });
      expect(outputs["post"]).toEqual({ summary: "201, 1 entry", posted: 1, status: 201, entry: "e-1" });
      count += 1;
    }
  }
  expect(count).toBeGreaterThan(300);
});

test("a push names its branch and counts its commits, a tag has no branch", async () => {
  const { outputs } = await run(triggerOf("push", push("refs/heads/main", 3)));
  expect(outputs["parse"]).toMatchObject({
    branch: "main",
    commits: 3,
    repository: "acme/shop",
    sender: "ada",
  });
  const tag = await run(triggerOf("push", push("refs/tags/v1", 0)));
  expect(tag.outputs["parse"]).toMatchObject({ branch: null, commits: 0 });
  expect(tag.sent).toHaveLength(1);
});

test("a form's payload is read like JSON", async () => {
  const form = new URLSearchParams({ payload: push("refs/heads/main") }).toString();
  const { outputs } = await run(triggerOf("push", form, "application/x-www-form-urlencoded"));
  expect((outputs["parse"] as GitHubEvent).repository).toBe("acme/shop");
});

test("other branches and events are left out, with the reason", async () => {
  const branch = await run(triggerOf("push", push("refs/heads/topic")));
  expect(branch.sent).toEqual([]);
  expect(branch.outputs["post"]).toMatchObject({ posted: 0, summary: "skipped: branch topic is not main" });
  const event = await run(triggerOf("star", "{}"), { config: { events: "push, issues" } });
  expect(event.sent).toEqual([]);
  expect(event.outputs["post"]).toMatchObject({ summary: "skipped: event star is not asked for" });
  expect((await run(triggerOf("issues", "{}"), { config: { events: "push, issues" } })).sent).toHaveLength(1);
});

test.each([
  [429, "7", 7_000],
  [503, null, undefined],
  [500, new Date(Date.now() + 60_000).toUTCString(), expect.closeTo(60_000, -4)],
  [502, "soon", undefined],
])("an answer of %i with Retry-After %s is tried again later", async (status, retryAfter, after) => {
  const headers: Record<string, string> = retryAfter === null ? {} : { "Retry-After": retryAfter };
  await expect(
    run(triggerOf("push", push("refs/heads/main")), {
      answer: () => new Response("busy", { status, headers }),
    }),
  ).rejects.toMatchObject({ name: "RetryableError", status, after });
});

test("an answer that refuses the entry ends the execution, and is quoted", async () => {
  await expect(
    run(triggerOf("push", push("refs/heads/main")), {
      answer: () => new Response("closed", { status: 410 }),
    }),
  ).rejects.toMatchObject({
    name: "FatalError",
    status: 410,
    message: "The ledger refused the entry with 410: closed",
  });
});

test("an entry that was taken counts, whatever its answer says", async () => {
  const { outputs } = await run(triggerOf("ping", "{}"), {
    answer: () => new Response("ok", { status: 200 }),
  });
  expect(outputs["post"]).toMatchObject({ posted: 1, entry: null });
});

test.each([
  ["no event header", triggerOf("", "{}"), "X-GitHub-Event"],
  ["a body that is not JSON", triggerOf("push", "{"), "not JSON"],
])("%s ends the execution at once", async (_, trigger, message) => {
  await expect(run(trigger)).rejects.toMatchObject({
    name: "FatalError",
    message: expect.stringContaining(message),
  });
});

test("a ledger's address that is no URL is named", async () => {
  await expect(run(triggerOf("ping", "{}"), { config: { ledgerUrl: "ledger" } })).rejects.toThrow(
    "Config variable ledgerUrl is no URL: ledger",
  );
});
