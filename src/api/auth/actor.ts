import type { Role } from "#contract/policy.ts";

/** Who asks: an API token or a person's session, always within one organization. */
export interface Actor {
  organizationId: string;
  role: Role;
  /** The person, or the maker of the token: written to `created_by`. */
  userId: string | undefined;
  tokenId: string | undefined;
}
