import type { Context } from "hono";
import { hash } from "node:crypto";
import { z } from "zod";
import { idempotencyKey } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import {
  claimIdempotencyKey,
  deleteIdempotencyKey,
  type EarlierCall,
  type IdempotencyClaim,
  updateIdempotentAnswer,
} from "#db/idempotency-keys.ts";
import type { ApiParts } from "../api-parts.ts";
import type { AppEnv } from "../app-env.ts";
import type { Actor } from "../auth/actor.ts";
import type { RouteModule } from "../create-app.ts";

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) on every POST: the same call again gets the first
 * one's answer.
 *
 * 1. A key is taken before the call begins, so of two at once one is refused. It belongs to one caller.
 * 2. What changed something is kept for a day, sealed: answers hold tokens and keys that are shown once.
 * 3. What failed gives its key back. Where the process died in between, nobody knows whether the call took effect:
 *    the key stays taken, and the caller is told to look.
 */
const answerSchema = z.object({ headers: z.record(z.string(), z.string()), body: z.string() });
const KEPT_HEADERS = ["content-type", "etag"];
/** A call that takes longer than this was cut off. */
const UNDER_WAY_MS = 60_000;

export function idempotency({ db, vault, log }: Pick<ApiParts, "db" | "vault" | "log">): RouteModule {
  const keep = async (claim: IdempotencyClaim, response: Response): Promise<void> => {
    const headers = Object.fromEntries([...response.headers].filter(([name]) => KEPT_HEADERS.includes(name)));
    const plain = JSON.stringify({ headers, body: await response.text() });
    const answer = await vault.seal(rowOf(claim), Buffer.from(plain));
    await updateIdempotentAnswer(db, claim, { status: response.status, answer });
  };
  return (api) => {
    api.use(async (context, next) => {
      const key = keyOf(context);
      if (key === undefined) return next();
      const claim = await toClaim(context, key);
      const earlier = await claimIdempotencyKey(db, claim, LIMITS.idempotencyKeyMs);
      if (earlier !== undefined) {
        assertRepeatable(earlier, claim);
        const opened = await vault.open(rowOf(claim), earlier.answer);
        const { headers, body } = answerSchema.parse(JSON.parse(opened.toString()));
        return new Response(body, {
          status: earlier.status,
          headers: { ...headers, "idempotency-replayed": "true" },
        });
      }
      await next();
      const settled = context.res.ok ? keep(claim, context.res.clone()) : deleteIdempotencyKey(db, claim);
      // The call itself is done: its answer goes out, and a repetition is told that the outcome is not known.
      await settled.catch((error: unknown) => {
        log.error(
          { err: error, requestId: context.var.requestId },
          "the answer to an idempotent call was not kept",
        );
      });
    });
  };
}

function keyOf(context: Context<AppEnv>): string | undefined {
  const given = context.req.method === "POST" ? context.req.header("Idempotency-Key") : undefined;
  if (given === undefined) return undefined;
  const parsed = idempotencyKey.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new EngineError(
    "request/invalid",
    "/idempotency-key of the headers must be 1 to 255 visible ASCII characters",
    {
      field: "/idempotency-key",
    },
  );
}

async function toClaim(context: Context<AppEnv>, key: string): Promise<IdempotencyClaim> {
  const { actor } = context.var;
  const { method, url } = context.req;
  const { pathname, search } = new URL(url);
  return {
    organizationId: actor.organizationId,
    keyHash: hash("sha256", `${callerOf(actor)}\n${key}`, "buffer"),
    requestHash: hash("sha256", `${method} ${pathname}${search}\n${await context.req.text()}`, "buffer"),
  };
}

function callerOf({ tokenId, userId }: Actor): string {
  return tokenId ?? userId ?? "";
}

function rowOf({ organizationId, keyHash }: IdempotencyClaim) {
  return { organizationId, purpose: "answer" as const, rowId: keyHash.toString("hex") }; // as const: a purpose
}

function assertRepeatable(
  earlier: EarlierCall,
  claim: IdempotencyClaim,
): asserts earlier is EarlierCall & { status: number; answer: Buffer } {
  const field = "/idempotency-key";
  if (!earlier.requestHash.equals(claim.requestHash))
    throw new EngineError(
      "request/conflict",
      "This Idempotency-Key was sent with another call; take a new key for a new call",
      { field },
    );
  if (earlier.status !== null && earlier.answer !== null) return;
  throw earlier.ageMs < UNDER_WAY_MS
    ? new EngineError(
        "request/conflict",
        "The call with this Idempotency-Key is under way; repeat it in a moment",
        {
          field,
          retryAfterMs: 1_000,
        },
      )
    : new EngineError(
        "request/conflict",
        "The call with this Idempotency-Key was cut off and may have taken effect; look whether it did, then call with a new key if it did not",
        { field },
      );
}
