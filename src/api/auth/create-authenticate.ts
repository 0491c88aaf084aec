import { defaultKeyHasher } from "@better-auth/api-key";
import type { Logger } from "pino";
import type { Clock } from "#contract/clock.ts";
import { EngineError } from "#contract/errors.ts";
import { isRole } from "#contract/policy.ts";
import { findApiTokenByHash, touchApiToken } from "#db/api-tokens.ts";
import type { Db } from "#db/connect.ts";
import { findMembership } from "#db/members.ts";
import { BoundedMap } from "#vault/bounded-map.ts";
import type { Actor } from "./actor.ts";
import { type Auth, TOKEN_PREFIX } from "./create-auth.ts";

export type Authenticate = (authorization: string | undefined) => Promise<Actor>;

/** A revoked token works at most this long on. */
const REMEMBERED_MS = 1_000;
const REMEMBERED_TOKENS = 10_000;

/**
 * Tells who sent an `Authorization: Bearer` header: an API token, or a session as signing in answers it in
 * `set-auth-token`. Cookies are not looked at, so no other site can act for a person.
 *
 * Tokens are read from Better Auth's table by the hash that it makes: its own check writes a row at each call, and
 * calls a token wrong when the database is away.
 *
 * @throws EngineError `request/unauthenticated`, the same for every reason
 */
export function createAuthenticate(options: { db: Db; auth: Auth; log: Logger; now?: Clock }): Authenticate {
  const { db, auth, log, now = Date.now } = options;
  const known = new BoundedMap<string, { actor: Actor; untilMs: number }>(REMEMBERED_TOKENS);

  const fromToken = async (token: string): Promise<Actor | undefined> => {
    const hash = await defaultKeyHasher(token);
    const remembered = known.get(hash);
    if (remembered !== undefined && remembered.untilMs > now()) return remembered.actor;
    const row = await findApiTokenByHash(db, hash);
    if (row === undefined || !isRole(row.role)) return undefined;
    const actor: Actor = {
      organizationId: row.organizationId,
      role: row.role,
      userId: row.createdBy ?? undefined,
      tokenId: row.id,
    };
    known.set(hash, { actor, untilMs: now() + REMEMBERED_MS });
    touchApiToken(db, row.id).catch((error: unknown) => {
      log.warn({ err: error, tokenId: row.id }, "the use of a token could not be noted");
    });
    return actor;
  };

  const fromSession = async (token: string): Promise<Actor | undefined> => {
    const headers = new Headers({ authorization: `Bearer ${token}` });
    const session = await auth.api.getSession({ headers });
    if (session === null) return undefined;
    const membership = await findMembership(db, session.user.id);
    if (membership === undefined || !isRole(membership.role)) return undefined;
    return { ...membership, role: membership.role, userId: session.user.id, tokenId: undefined };
  };

  return async (authorization) => {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined)
      throw new EngineError(
        "request/unauthenticated",
        "Send an API token: Authorization: Bearer <token>. An owner makes one with POST /api/v1/tokens.",
      );
    const actor = await (token.startsWith(TOKEN_PREFIX) ? fromToken(token) : fromSession(token));
    if (actor === undefined)
      throw new EngineError(
        "request/unauthenticated",
        "The token is unknown, expired or revoked; make a new one with POST /api/v1/tokens.",
      );
    return actor;
  };
}
