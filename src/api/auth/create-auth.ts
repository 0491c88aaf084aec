import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { bearer, organization } from "better-auth/plugins";
import { createAccessControl } from "better-auth/plugins/access";
import { defaultStatements } from "better-auth/plugins/organization/access";
import type { Logger } from "pino";
import { createId } from "#contract/create-id.ts";
import { LIMITS } from "#contract/limits.ts";
import type { Db } from "#db/connect.ts";
import { deriveKey, type MasterKeys } from "#vault/master-keys.ts";

/** So that a token is told from a session without a look-up, and secret scanners find a leaked one. */
export const TOKEN_PREFIX = "mlr_";
export const PASSWORD_MIN_CHARACTERS = 12;

export interface AuthOptions {
  db: Db;
  masterKeys: MasterKeys;
  /** The api as browsers reach it. */
  publicUrl: string;
  log: Logger;
}

export type Auth = ReturnType<typeof createAuth>;

/**
 * Users, sessions, organizations and API tokens. Its tables are ours (`0002_auth.ts`), its secret is derived from the
 * operator's master key, so there is no default one; a changed master key ends all sessions, and no token.
 */
export function createAuth(options: AuthOptions) {
  return betterAuth({
    appName: "Millrace",
    baseURL: options.publicUrl,
    basePath: "/api/auth",
    secret: deriveKey(options.masterKeys.current.key, "millrace/better-auth/v1").toString("base64"),
    database: { db: options.db, type: "postgres" },
    telemetry: { enabled: false },
    advanced: { database: { generateId: () => createId() } },
    logger: { log: createLog(options.log) },
    // Who may come in is decided by an owner, never by who finds the page.
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: PASSWORD_MIN_CHARACTERS },
    // Signed: a session read from the database alone opens nothing.
    plugins: [organizations(), tokens(), bearer({ requireSignature: true })],
  });
}

const control = createAccessControl({
  ...defaultStatements,
  apiKey: ["create", "read", "update", "delete"],
} as const); // as const: its statements are told apart by type

function organizations() {
  const administer = {
    member: ["create", "update", "delete"],
    invitation: ["create", "cancel"],
    apiKey: ["create", "read", "update", "delete"],
  } as const; // as const: see above
  return organization({
    ac: control,
    creatorRole: "owner",
    allowUserToCreateOrganization: false,
    disableOrganizationDeletion: true,
    roles: {
      owner: control.newRole({ organization: ["update"], ...administer }),
      admin: control.newRole({ ...administer }),
      builder: control.newRole({ member: [] }),
      operator: control.newRole({ member: [] }),
      viewer: control.newRole({ member: [] }),
    },
  });
}

function tokens() {
  return apiKey({
    references: "organization",
    defaultPrefix: TOKEN_PREFIX,
    defaultKeyLength: 40,
    startingCharactersConfig: { charactersLength: TOKEN_PREFIX.length + 4 },
    requireName: true,
    maximumNameLength: LIMITS.nameCharacters,
    enableMetadata: true,
    enableSessionForAPIKeys: false,
    rateLimit: { enabled: false },
  });
}

function createLog(log: Logger) {
  return (level: "debug" | "info" | "warn" | "error", message: string): void => {
    log[level](message);
  };
}
