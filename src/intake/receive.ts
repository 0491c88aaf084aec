import { assertNever } from "#contract/assert-never.ts";
import type { Clock } from "#contract/clock.ts";
import { decodeContent, parseContentEncoding } from "#contract/content-encoding.ts";
import { createId } from "#contract/create-id.ts";
import { EngineError, ERROR_CODES } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { WebhookTrigger } from "#contract/webhook.ts";
import type { IntakeOutcome, IntakeOwner, IntakeRow } from "#db/intake.ts";
import { isUnavailable } from "#db/is-unavailable.ts";
import { encodeBody } from "#db/payloads.ts";
import type { Vault } from "#vault/create-vault.ts";
import { maskHeaders } from "#vault/mask-headers.ts";
import { authenticate, checkApiKey } from "./authenticate.ts";
import type { Budget, BudgetShare } from "./budget.ts";
import { findDedupKey } from "./dedup-key.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EndpointRecords } from "./endpoint-records.ts";
import { answerMeta, answerSlack } from "./handshake.ts";
import type { IncomingWebhook, IntakeAnswer } from "./intake.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import { readBody } from "./read-body.ts";

/**
 * What happens to one request, in this order; each stage may end it.
 *
 *   budget → endpoint → API key → size and coding of the body → body → signature → handshakes → paused
 *   → de-duplication key → window → 202
 *
 * 1. Nothing is stored of a request that is not verified, but a line in the endpoint's record.
 * 2. 202 is said only after the window's commit has been told by Postgres.
 * 3. What was taken from the budget is given back on every way out.
 */
export interface ReceiveDependencies {
  endpoints: { find(token: string): Promise<Endpoint | undefined> };
  budget: Budget;
  metrics: IntakeMetrics;
  records: EndpointRecords;
  vault: Pick<Vault, "matchesApiKey" | "statusToken">;
  commit(row: IntakeRow): Promise<CommitResult>;
  publicUrl(): string;
  receiveMs: number;
  now: Clock;
}

export type CommitResult = IntakeOutcome | { type: "failed"; error: unknown };

interface Deployed {
  endpoint: Endpoint;
  trigger: WebhookTrigger;
  owner: IntakeOwner;
}

const PAUSED_RETRY_MS = 60_000;

export function createReceive(dependencies: ReceiveDependencies) {
  const { budget, metrics } = dependencies;
  return async (webhook: IncomingWebhook): Promise<IntakeAnswer> => {
    let share: BudgetShare | undefined;
    let endpoint: Endpoint | undefined;
    const seen = { bodyBytes: declaredBytes(webhook) };
    try {
      share = budget.enter();
      endpoint = await findKnown(dependencies, webhook.token);
      const answer = await receiveKnown(dependencies, { webhook, endpoint, share, seen });
      if (answer.type === "accepted") metrics.acknowledged(answer.duplicate);
      return answer;
    } catch (thrown) {
      const error = asRefusal(thrown);
      metrics.refused(error.code);
      if (endpoint !== undefined) recordRefusal(dependencies, { endpoint, webhook, error, ...seen });
      throw error;
    } finally {
      share?.release();
    }
  };
}

interface Receiving {
  webhook: IncomingWebhook;
  endpoint: Endpoint;
  share: BudgetShare;
  /** For the record of a refusal. */
  seen: { bodyBytes: number | null };
}

async function findKnown({ endpoints }: ReceiveDependencies, token: string): Promise<Endpoint> {
  const endpoint = await endpoints.find(token);
  if (endpoint !== undefined) return endpoint;
  throw new EngineError(
    "request/not-found",
    "No flow has this webhook URL; copy it from the instance's page",
  );
}

function getDeployed(endpoint: Endpoint): Deployed {
  const { state } = endpoint;
  switch (state.type) {
    case "deployed":
      return { endpoint, trigger: state.trigger, owner: state.owner };
    case "removed":
      throw new EngineError(
        "request/gone",
        "The flow of this webhook URL was removed for good; stop sending",
      );
    case "not-deployed":
      throw new EngineError(
        "request/not-found",
        "The instance of this webhook URL is not deployed; deploy it first",
      );
    case "not-a-webhook":
      throw new EngineError(
        "request/not-found",
        `The flow of this URL is begun by a ${state.trigger} trigger, not by webhooks; run it by a test`,
      );
    case "broken":
      throw new EngineError(
        "request/unauthenticated",
        `The flow's trigger cannot be read, so nothing is let through (${state.reason}); publish and deploy it again`,
      );
    default:
      return assertNever(state);
  }
}

async function receiveKnown(dependencies: ReceiveDependencies, receiving: Receiving): Promise<IntakeAnswer> {
  const { webhook, endpoint, share, seen } = receiving;
  const deployed = getDeployed(endpoint);
  const { trigger } = deployed;
  // Senders probe with HEAD whether anyone is there: it has no body and no signature.
  if (webhook.method === "HEAD")
    return { type: "handshake", contentType: "text/plain; charset=utf-8", body: "" };
  const secret = endpoint.secret.type === "open" ? endpoint.secret.key : undefined;
  const meta = trigger.handshake === "meta" ? answerMeta(webhook, secret) : undefined;
  if (meta !== undefined) return meta;

  const usedKey = checkApiKey(dependencies.vault, { endpoint, trigger, headers: webhook.headers });
  const codings = parseContentEncoding(webhook.headers["content-encoding"]);
  const body = await readBody(webhook.body, {
    headers: webhook.headers,
    limitBytes: LIMITS.payloadBytes,
    deadlineMs: dependencies.receiveMs,
    take: (bytes) => share.take(bytes),
  });
  seen.bodyBytes = body.length;
  authenticate({ endpoint, trigger, headers: webhook.headers, body, nowMs: dependencies.now() });
  if (usedKey !== undefined) dependencies.records.recordKeyUse(usedKey, dependencies.now());

  const slack = trigger.handshake === "slack" ? answerSlack(body) : undefined;
  if (slack !== undefined) return slack;
  // Decoded only to be known as honest: what is stored are the bytes as they were sent.
  const content = codings.length === 0 ? body : await decodeContent(body, codings);
  if (endpoint.paused && trigger.whenPaused !== "hold")
    return answerPaused(dependencies, deployed, receiving);
  return store(dependencies, deployed, { webhook, body, content });
}

function answerPaused(
  dependencies: ReceiveDependencies,
  { endpoint, trigger }: Deployed,
  { webhook, seen }: Receiving,
): IntakeAnswer {
  if (trigger.whenPaused === "refuse") {
    throw new EngineError("request/paused", "The instance is paused; send the same again later", {
      retryAfterMs: PAUSED_RETRY_MS,
    });
  }
  dependencies.records.recordRefusal(endpoint.flowId, {
    at: new Date(dependencies.now()),
    status: 202,
    code: "request/paused",
    reason: "Answered and dropped, as the flow asks while its instance is paused",
    method: webhook.method,
    bodyBytes: seen.bodyBytes,
  });
  return { type: "dropped" };
}

async function store(
  dependencies: ReceiveDependencies,
  { endpoint, trigger, owner }: Deployed,
  { webhook, body, content }: { webhook: IncomingWebhook; body: Buffer; content: Buffer },
): Promise<IntakeAnswer> {
  const dedup = findDedupKey(trigger.dedupe, { headers: webhook.headers, body, content });
  const stored = await encodeBody(body);
  const row: IntakeRow = {
    executionId: createId(),
    owner,
    receivedAtMs: dependencies.now(),
    trigger: "webhook",
    hold: endpoint.paused,
    method: webhook.method,
    path: webhook.path,
    query: webhook.query,
    headers: JSON.stringify(maskHeaders(pairs(webhook.rawHeaders))),
    encoding: stored.encoding,
    bodyBytes: body.length,
    body: stored.bytes,
    ...(dedup !== undefined && { dedup }),
  };
  const outcome = await dependencies.commit(row);
  switch (outcome.type) {
    case "created":
      return receiptOf(dependencies, trigger, {
        executionId: row.executionId,
        duplicate: false,
        held: row.hold,
      });
    case "duplicate":
      return receiptOf(dependencies, trigger, {
        executionId: outcome.executionId,
        duplicate: true,
        held: row.hold,
      });
    case "conflict":
      throw new EngineError(
        "request/conflict",
        `This Idempotency-Key came before with another body (execution ${outcome.executionId}); use a new key`,
        { field: "Idempotency-Key" },
      );
    case "failed":
      throw outcome.error;
    default:
      return assertNever(outcome);
  }
}

function receiptOf(
  { vault, publicUrl }: ReceiveDependencies,
  { response, reply }: WebhookTrigger,
  { held, ...stored }: { executionId: string; duplicate: boolean; held: boolean },
): IntakeAnswer {
  const statusUrl = `${publicUrl()}/status/${vault.statusToken(stored.executionId)}`;
  return {
    type: "accepted",
    ...stored,
    statusUrl,
    ...(response !== undefined && { response }),
    // What is held until an unpause answers nobody in time.
    ...(reply?.step !== undefined && !held && { reply: { path: reply.step, withinMs: reply.withinMs } }),
  };
}

function recordRefusal(
  { records, now }: ReceiveDependencies,
  refused: { endpoint: Endpoint; webhook: IncomingWebhook; error: EngineError; bodyBytes: number | null },
): void {
  const { endpoint, webhook, error, bodyBytes } = refused;
  records.recordRefusal(endpoint.flowId, {
    at: new Date(now()),
    status: ERROR_CODES[error.code].status,
    code: error.code,
    reason: error.message,
    method: webhook.method,
    bodyBytes,
  });
}

/** Whatever Postgres said: the sender learns that it is not stored for sure, and what to do. */
function asRefusal(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  return isUnavailable(thrown)
    ? new EngineError(
        "engine/unavailable",
        "It could not be stored for sure; send the same again, with the same de-duplication key",
        { cause: thrown },
      )
    : new EngineError("engine/internal", "It could not be stored; the log has more", { cause: thrown });
}

function declaredBytes({ headers }: IncomingWebhook): number | null {
  const length = Number(headers["content-length"]);
  return Number.isSafeInteger(length) && length <= 2 ** 31 - 1 ? length : null;
}

function pairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  const result: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    result.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return result;
}
