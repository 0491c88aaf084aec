import type { Role } from "#contract/policy.ts";
import type { Auth } from "./create-auth.ts";

export interface TokenRequest {
  organizationId: string;
  /** A member who may administer tokens: the maker, by name in the list. */
  userId: string;
  name: string;
  role: Role;
  expiresInDays?: number;
}

export interface IssuedToken {
  id: string;
  /** Shown once: only its hash is kept. */
  token: string;
}

const DAY_SECONDS = 24 * 60 * 60;

/** A token of the organization, not of a person: it outlives its maker's membership. */
export async function issueToken(auth: Auth, request: TokenRequest): Promise<IssuedToken> {
  const { id, key } = await auth.api.createApiKey({
    body: {
      organizationId: request.organizationId,
      userId: request.userId,
      name: request.name,
      metadata: { role: request.role, createdBy: request.userId },
      ...(request.expiresInDays !== undefined && { expiresIn: request.expiresInDays * DAY_SECONDS }),
    },
  });
  return { id, token: key };
}
