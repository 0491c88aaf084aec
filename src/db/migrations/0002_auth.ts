/**
 * Tables of Better Auth 1.7 with its plugins organization and api-key: names and columns are as it wants them, which
 * a test compares with its own schema. Ids are ours (UUIDv7), so their columns are uuid. `apikey` holds the API
 * tokens, hashed; "referenceId" is the organization.
 *
 * Locks: none, the tables are new. The previous release can still read: it knows nothing of them.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `CREATE TABLE "user" (
    "id" uuid PRIMARY KEY,
    "name" text NOT NULL,
    "email" text NOT NULL UNIQUE,
    "emailVerified" boolean NOT NULL DEFAULT false,
    "image" text,
    "createdAt" timestamptz NOT NULL DEFAULT now(),
    "updatedAt" timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE TABLE "organization" (
    "id" uuid PRIMARY KEY,
    "name" text NOT NULL,
    "slug" text NOT NULL,
    "logo" text,
    "createdAt" timestamptz NOT NULL DEFAULT now(),
    "metadata" text
  )`,
  `CREATE UNIQUE INDEX "organization_slug_uidx" ON "organization" ("slug")`,
  `CREATE TABLE "session" (
    "id" uuid PRIMARY KEY,
    "expiresAt" timestamptz NOT NULL,
    "token" text NOT NULL UNIQUE,
    "createdAt" timestamptz NOT NULL DEFAULT now(),
    "updatedAt" timestamptz NOT NULL DEFAULT now(),
    "ipAddress" text,
    "userAgent" text,
    "userId" uuid NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "activeOrganizationId" uuid
  )`,
  `CREATE INDEX "session_userId_idx" ON "session" ("userId")`,
  `CREATE TABLE "account" (
    "id" uuid PRIMARY KEY,
    "accountId" text NOT NULL,
    "providerId" text NOT NULL,
    "userId" uuid NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "accessToken" text,
    "refreshToken" text,
    "idToken" text,
    "accessTokenExpiresAt" timestamptz,
    "refreshTokenExpiresAt" timestamptz,
    "scope" text,
    "password" text,
    "createdAt" timestamptz NOT NULL DEFAULT now(),
    "updatedAt" timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX "account_userId_idx" ON "account" ("userId")`,
  `CREATE TABLE "verification" (
    "id" uuid PRIMARY KEY,
    "identifier" text NOT NULL,
    "value" text NOT NULL,
    "expiresAt" timestamptz NOT NULL,
    "createdAt" timestamptz NOT NULL DEFAULT now(),
    "updatedAt" timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX "verification_identifier_idx" ON "verification" ("identifier")`,
  `CREATE TABLE "member" (
    "id" uuid PRIMARY KEY,
    "organizationId" uuid NOT NULL REFERENCES "organization" ("id") ON DELETE CASCADE,
    "userId" uuid NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "role" text NOT NULL DEFAULT 'viewer',
    "createdAt" timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX "member_organizationId_idx" ON "member" ("organizationId")`,
  `CREATE INDEX "member_userId_idx" ON "member" ("userId")`,
  `CREATE TABLE "invitation" (
    "id" uuid PRIMARY KEY,
    "organizationId" uuid NOT NULL REFERENCES "organization" ("id") ON DELETE CASCADE,
    "email" text NOT NULL,
    "role" text,
    "status" text NOT NULL DEFAULT 'pending',
    "expiresAt" timestamptz NOT NULL,
    "createdAt" timestamptz NOT NULL DEFAULT now(),
    "inviterId" uuid NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE
  )`,
  `CREATE INDEX "invitation_organizationId_idx" ON "invitation" ("organizationId")`,
  `CREATE INDEX "invitation_email_idx" ON "invitation" ("email")`,
  `CREATE TABLE "apikey" (
    "id" uuid PRIMARY KEY,
    "configId" text NOT NULL DEFAULT 'default',
    "name" text,
    "start" text,
    "referenceId" uuid NOT NULL REFERENCES "organization" ("id") ON DELETE CASCADE,
    "prefix" text,
    "key" text NOT NULL,
    "refillInterval" integer,
    "refillAmount" integer,
    "lastRefillAt" timestamptz,
    "enabled" boolean DEFAULT true,
    "rateLimitEnabled" boolean DEFAULT false,
    "rateLimitTimeWindow" integer,
    "rateLimitMax" integer,
    "requestCount" integer DEFAULT 0,
    "remaining" integer,
    "lastRequest" timestamptz,
    "expiresAt" timestamptz,
    "createdAt" timestamptz NOT NULL DEFAULT now(),
    "updatedAt" timestamptz NOT NULL DEFAULT now(),
    "permissions" text,
    "metadata" text
  )`,
  `CREATE INDEX "apikey_configId_idx" ON "apikey" ("configId")`,
  `CREATE INDEX "apikey_referenceId_idx" ON "apikey" ("referenceId")`,
  `CREATE INDEX "apikey_key_idx" ON "apikey" ("key")`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
