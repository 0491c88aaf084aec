import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { DedupeConfig } from "#contract/webhook.ts";
import type { DedupKey } from "#db/intake.ts";

export interface DedupSource {
  headers: IncomingHttpHeaders;
  /** As sent: what the body's hash is of. */
  body: Buffer;
  /** Without its content coding. */
  content: Buffer;
}

type Found = { source: "header" | "json" | "idempotency-key" | "webhook-id" | "body"; value: string };

/**
 * The key that makes two requests one: the flow's header, its JSON path, `Idempotency-Key`, `webhook-id`, and, where
 * the flow asks for it, the body's hash; the first that the request has. Undefined: it is like no other.
 *
 * @throws EngineError `request/invalid` for a key that is too long
 */
export function findDedupKey(config: DedupeConfig | undefined, source: DedupSource): DedupKey | undefined {
  const found = findKey(config, source);
  if (found === undefined) return undefined;
  if (Buffer.byteLength(found.value) > LIMITS.dedupKeyBytes) {
    throw new EngineError(
      "request/invalid",
      `The de-duplication key (${found.source}) is longer than ${LIMITS.dedupKeyBytes} bytes`,
      { field: found.source },
    );
  }
  return {
    keyHash: shortHash(`${found.source}\0${found.value}`),
    bodyHash: shortHash(source.body),
    windowMs: config?.windowMs ?? LIMITS.dedupWindowMs,
    strict: found.source === "idempotency-key",
  };
}

function findKey(config: DedupeConfig | undefined, source: DedupSource): Found | undefined {
  const { headers } = source;
  const own = config?.header && headerOf(headers, config.header);
  if (own) return { source: "header", value: own };
  const inBody = config?.jsonPath && readJsonPath(source.content, config.jsonPath);
  if (inBody) return { source: "json", value: inBody };
  const idempotencyKey = headerOf(headers, "idempotency-key");
  if (idempotencyKey) return { source: "idempotency-key", value: idempotencyKey };
  const webhookId = headerOf(headers, "webhook-id");
  if (webhookId) return { source: "webhook-id", value: webhookId };
  return config?.bodyHash === true ? { source: "body", value: hash("sha256", source.body) } : undefined;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === "string" ? value : undefined;
}

/** `data.items.0.id`: a string, number or boolean at that place of a JSON body; undefined where there is none. */
export function readJsonPath(body: Buffer, path: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined; // not JSON: it has no such place
  }
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part]; // an object, as was just checked
  }
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
}

/** 16 bytes are enough to tell keys apart, and fit a uuid column. */
function shortHash(data: string | Buffer): Buffer {
  return hash("sha256", data, "buffer").subarray(0, 16);
}
