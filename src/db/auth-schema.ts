import type { Generated } from "kysely";

/** What we read ourselves of Better Auth's tables (`migrations/0002_auth.ts`); it writes them. */
export interface UserTable {
  id: string;
  name: string;
  email: string;
}

export interface OrganizationTable {
  id: string;
  name: string;
  slug: string;
  createdAt: Generated<Date>;
}

export interface MemberTable {
  id: string;
  organizationId: string;
  userId: string;
  role: string;
}

/** API tokens: `key` is a hash, `referenceId` the organization. */
export interface ApikeyTable {
  id: string;
  name: string | null;
  start: string | null;
  referenceId: string;
  key: string;
  enabled: boolean;
  lastRequest: Date | null;
  expiresAt: Date | null;
  createdAt: Generated<Date>;
  metadata: string | null;
}
