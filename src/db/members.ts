import type { Db } from "./connect.ts";

export interface MembershipRow {
  organizationId: string;
  role: string;
}

/** The oldest membership of a user: the organization that a session without a choice works in. */
export function findMembership(db: Db, userId: string): Promise<MembershipRow | undefined> {
  return db
    .selectFrom("member")
    .select(["organizationId", "role"])
    .where("userId", "=", userId)
    .orderBy("id")
    .executeTakeFirst();
}

export function findUserByEmail(db: Db, email: string): Promise<{ id: string } | undefined> {
  return db.selectFrom("user").select("id").where("email", "=", email).executeTakeFirst();
}
