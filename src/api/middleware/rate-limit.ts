import type { Clock } from "#contract/clock.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { BoundedMap } from "#vault/bounded-map.ts";
import type { Actor } from "../auth/actor.ts";
import type { RouteModule } from "../create-app.ts";
import { problemResponse } from "../problem.ts";

/**
 * How much one caller may ask of this process: a bucket of `perMinute` that fills evenly. Told with every answer by
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers), and at its end by 429 and `Retry-After`.
 */
interface Bucket {
  left: number;
  atMs: number;
}

const REMEMBERED_CALLERS = 10_000;
const MINUTE_MS = 60_000;

export function rateLimit(options: { perMinute?: number; now?: Clock } = {}): RouteModule {
  const { perMinute = LIMITS.apiRequestsPerMinute, now = Date.now } = options;
  const perMs = perMinute / MINUTE_MS;
  const buckets = new BoundedMap<string, Bucket>(REMEMBERED_CALLERS);

  /** What is left after this call; negative where it is too much. */
  const take = (caller: string): number => {
    const atMs = now();
    const known = buckets.get(caller) ?? { left: perMinute, atMs };
    const left = Math.min(perMinute, known.left + (atMs - known.atMs) * perMs) - 1;
    // A refused call takes nothing, or a caller that keeps asking would never get on.
    buckets.set(caller, { left: Math.max(left, left + (left < 0 ? 1 : 0)), atMs });
    return left;
  };

  return (api) => {
    api.use(async (context, next) => {
      const left = take(callerOf(context.var.actor));
      if (left < 0) {
        const retryAfterMs = Math.ceil(-left / perMs);
        const error = new EngineError(
          "request/rate-limited",
          `More than ${perMinute} calls a minute by this token; wait for Retry-After`,
          { retryAfterMs },
        );
        context.res = problemResponse(error, context.var.requestId);
      } else await next();
      const resetSeconds = Math.ceil((perMinute - Math.max(0, left)) / perMs / 1000);
      context.res.headers.set("RateLimit-Policy", `"token";q=${perMinute};w=60`);
      context.res.headers.set("RateLimit", `"token";r=${Math.max(0, Math.floor(left))};t=${resetSeconds}`);
    });
  };
}

function callerOf({ tokenId, userId, organizationId }: Actor): string {
  return tokenId ?? userId ?? organizationId;
}
