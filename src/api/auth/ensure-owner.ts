import { sql } from "kysely";
import { randomBytes } from "node:crypto";
import type { Db } from "#db/connect.ts";
import { findMembership, findUserByEmail } from "#db/members.ts";
import type { Auth } from "./create-auth.ts";
import { issueToken } from "./issue-token.ts";

export const OWNER_EMAIL = "owner@localhost.localdomain";
const ORGANIZATION = { name: "Default organization", slug: "default" };

export interface Owner {
  organizationId: string;
  userId: string;
  email: string;
  /** Only when the account was just made: to be printed once, it is kept nowhere. */
  password: string | undefined;
  /** New at each call; the former token of the same name no longer works. */
  token: string;
}

/**
 * The first organization with its owner, and an API token for whoever started this installation. Safe to call at each
 * start and after one that broke off in the middle.
 */
export async function ensureOwner(parts: { db: Db; auth: Auth; tokenName: string }): Promise<Owner> {
  const { db, auth, tokenName } = parts;
  const { userId, password } = await ensureUser(db, auth);
  const organizationId = await ensureOrganization(db, auth, userId);
  await sql`DELETE FROM apikey WHERE "referenceId" = ${organizationId} AND name = ${tokenName}`.execute(db);
  const { token } = await issueToken(auth, { organizationId, userId, name: tokenName, role: "owner" });
  return { organizationId, userId, email: OWNER_EMAIL, password, token };
}

async function ensureUser(db: Db, auth: Auth): Promise<{ userId: string; password: string | undefined }> {
  const { internalAdapter, password: passwords } = await auth.$context;
  const known = await findUserByEmail(db, OWNER_EMAIL);
  const userId =
    known?.id ??
    (
      await internalAdapter.createUser(
        { email: OWNER_EMAIL, name: "Owner", emailVerified: true },
        { method: "admin" },
      )
    ).id;
  const accounts = await internalAdapter.findAccounts(userId);
  if (accounts.length > 0) return { userId, password: undefined };
  const password = randomBytes(18).toString("base64url");
  await internalAdapter.linkAccount({
    userId,
    providerId: "credential",
    accountId: userId,
    password: await passwords.hash(password),
  });
  return { userId, password };
}

async function ensureOrganization(db: Db, auth: Auth, userId: string): Promise<string> {
  const membership = await findMembership(db, userId);
  if (membership !== undefined) return membership.organizationId;
  // One call makes both, not in one transaction: an organization without its member is found again by its slug.
  const orphan = await db
    .selectFrom("organization")
    .select("id")
    .where("slug", "=", ORGANIZATION.slug)
    .executeTakeFirst();
  if (orphan === undefined)
    return (await auth.api.createOrganization({ body: { ...ORGANIZATION, userId } })).id;
  await auth.api.addMember({ body: { organizationId: orphan.id, userId, role: "owner" } });
  return orphan.id;
}
