import { pino } from "pino";
import { getMigrations } from "better-auth/db/migration";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAuth, type Auth } from "#api/auth/create-auth.ts";
import { createAuthenticate } from "#api/auth/create-authenticate.ts";
import { ensureOwner, OWNER_EMAIL } from "#api/auth/ensure-owner.ts";
import { issueToken } from "#api/auth/issue-token.ts";
import { deleteApiToken } from "#db/api-tokens.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const key = Buffer.alloc(32, 7);
const masterKeys = { current: { id: "k1", key }, all: new Map([["k1", key]]) };
const log = pino({ level: "silent" });
let database: TestDatabase;
let auth: Auth;

beforeAll(async () => {
  database = await createTestDatabase();
  auth = createAuth({ db: database.db, masterKeys, publicUrl: "http://localhost:8080", log });
});
afterAll(() => database.drop());

test("our migration holds all that Better Auth wants", async () => {
  const { toBeCreated, toBeAdded, toBeAddedIndexes, schemaProblems } = await getMigrations(auth.options);
  expect({ toBeCreated, toBeAdded, toBeAddedIndexes, schemaProblems }).toEqual({
    toBeCreated: [],
    toBeAdded: [],
    toBeAddedIndexes: [],
    schemaProblems: [],
  });
});

describe("the first owner", () => {
  test("is made once, with a password that is told once", async () => {
    const first = await ensureOwner({ db: database.db, auth, tokenName: "npm start" });
    const second = await ensureOwner({ db: database.db, auth, tokenName: "npm start" });
    expect(first.password).toMatch(/^.{20,}$/);
    expect(second).toMatchObject({
      organizationId: first.organizationId,
      userId: first.userId,
      password: undefined,
    });
  });

  test("gets a new token at each start, and the former one ends", async () => {
    const authenticate = createAuthenticate({ db: database.db, auth, log });
    const first = await ensureOwner({ db: database.db, auth, tokenName: "npm start" });
    const second = await ensureOwner({ db: database.db, auth, tokenName: "npm start" });
    await expect(authenticate(`Bearer ${first.token}`)).rejects.toMatchObject({
      code: "request/unauthenticated",
    });
    await expect(authenticate(`Bearer ${second.token}`)).resolves.toMatchObject({
      organizationId: first.organizationId,
      role: "owner",
    });
  });

  test("signs in with the password, and the session names the organization", async () => {
    await database.db.deleteFrom("user").execute();
    const { password, organizationId } = await ensureOwner({ db: database.db, auth, tokenName: "npm start" });
    const response = await auth.api.signInEmail({
      body: { email: OWNER_EMAIL, password: password! },
      asResponse: true,
    });
    const authenticate = createAuthenticate({ db: database.db, auth, log });
    const actor = await authenticate(`Bearer ${response.headers.get("set-auth-token")}`);
    expect(actor).toMatchObject({ organizationId, role: "owner", tokenId: undefined });
  });

  test("cannot be joined by signing up", async () => {
    await expect(
      auth.api.signUpEmail({ body: { email: "a@example.com", password: "x".repeat(20), name: "A" } }),
    ).rejects.toThrow();
  });
});

describe("an API token", () => {
  test("is stored only as a hash", async () => {
    const { token } = await ensureOwner({ db: database.db, auth, tokenName: "hashed" });
    const { rows } = await database.pool.query<{ row: string }>(
      "select to_json(apikey)::text as row from apikey",
    );
    expect(rows.some(({ row }) => row.includes(token))).toBe(false);
  });

  test("that is revoked works at most a second on", async () => {
    const { organizationId, userId } = await ensureOwner({ db: database.db, auth, tokenName: "t" });
    const { id, token } = await issueToken(auth, { organizationId, userId, name: "one", role: "viewer" });
    let nowMs = Date.now();
    const authenticate = createAuthenticate({ db: database.db, auth, log, now: () => nowMs });
    await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ role: "viewer", tokenId: id });
    await deleteApiToken(database.db, organizationId, id);
    nowMs += 1_001;
    await expect(authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: "request/unauthenticated" });
  });

  test("that has expired is refused", async () => {
    const { organizationId, userId } = await ensureOwner({ db: database.db, auth, tokenName: "t" });
    const { id, token } = await issueToken(auth, {
      organizationId,
      userId,
      name: "short",
      role: "viewer",
      expiresInDays: 1,
    });
    await database.pool.query(`update apikey set "expiresAt" = now() - interval '1 s' where id = $1`, [id]);
    const authenticate = createAuthenticate({ db: database.db, auth, log });
    await expect(authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: "request/unauthenticated" });
  });

  test.each([undefined, "", "Basic abc", "Bearer", "Bearer mlr_wrong", "Bearer not.signed", "Bearer plain"])(
    "%s is refused as unauthenticated",
    async (header) => {
      const authenticate = createAuthenticate({ db: database.db, auth, log });
      await expect(authenticate(header)).rejects.toMatchObject({ code: "request/unauthenticated" });
    },
  );
});
