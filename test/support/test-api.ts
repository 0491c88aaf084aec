import { pino } from "pino";
import { createAuth } from "#api/auth/create-auth.ts";
import { ensureOwner } from "#api/auth/ensure-owner.ts";
import { issueToken } from "#api/auth/issue-token.ts";
import { startApi } from "#api/start-api.ts";
import { createId } from "#contract/create-id.ts";
import { reachNothing } from "#contract/kill-points.ts";
import type { Role } from "#contract/policy.ts";
import type { DefinitionInput } from "#contract/definition.ts";
import { type AnswerOptions, answerRequests } from "./answer-requests.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";

const key = Buffer.alloc(32, 7);
export const TEST_MASTER_KEYS = { current: { id: "k1", key }, all: new Map([["k1", key]]) };
const log = pino({ level: "silent" });

export interface Answer {
  status: number;
  // Tests look into answers of all shapes; a wrong look fails the test.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  headers: Headers;
}

/** Calls the API with one token. */
export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

export interface Sending {
  token: string;
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface TestApi {
  database: TestDatabase;
  url: string;
  organizationId: string;
  ownerToken: string;
  /** As the owner of the first organization. */
  call: Call;
  callAs(token: string): Call;
  /** The same with headers. */
  send(sending: Omit<Sending, "token"> & { token?: string }): Promise<Answer>;
  /** A token of the first organization with this role. */
  tokenFor(role: Role): Promise<string>;
  /** Another organization with an owner of its own. */
  addOrganization(): Promise<{ organizationId: string; token: string }>;
  stop(): Promise<void>;
}

/** A served api on a database of its own, with a stand-in for the worker that evaluates definitions. */
export async function startTestApi(options: AnswerOptions = {}): Promise<TestApi> {
  const database = await createTestDatabase();
  const links = {
    publicUrl: "http://api.test",
    temporalUiUrl: "http://ui.test",
    temporalNamespace: "default",
  };
  const api = await startApi({
    lingerMs: 0,
    databaseUrl: database.url,
    masterKeys: TEST_MASTER_KEYS,
    host: "127.0.0.1",
    port: 0,
    links,
    version: "0.0.0-test",
    log,
    reachPoint: reachNothing,
  });
  const worker = answerRequests(database.db, options);
  const auth = createAuth({ db: database.db, masterKeys: TEST_MASTER_KEYS, publicUrl: links.publicUrl, log });
  const owner = await ensureOwner({ db: database.db, auth, tokenName: "test" });
  const url = `http://127.0.0.1:${api.port}`;
  const { organizationId, userId, token: ownerToken } = owner;
  return {
    database,
    url,
    organizationId,
    ownerToken,
    call: caller(url, ownerToken),
    callAs: (token) => caller(url, token),
    send: (sending) => send(url, { token: ownerToken, ...sending }),
    tokenFor: async (role) => (await issueToken(auth, { organizationId, userId, name: role, role })).token,
    async addOrganization() {
      const slug = createId();
      const context = await auth.$context;
      const user = await context.internalAdapter.createUser(
        { email: `${slug}@other.test`, name: "Other", emailVerified: true },
        { method: "admin" },
      );
      const other = await auth.api.createOrganization({ body: { name: "Other", slug, userId: user.id } });
      const { token } = await issueToken(auth, {
        organizationId: other.id,
        userId: user.id,
        name: "other",
        role: "owner",
      });
      return { organizationId: other.id, token };
    },
    async stop() {
      await worker.stop();
      await api.stop();
      await database.drop();
    },
  };
}

function caller(url: string, token: string): Call {
  return (method, path, body) => send(url, { token, method, path, body });
}

async function send(url: string, { token, method, path, body, headers }: Sending): Promise<Answer> {
  const response = await fetch(`${url}${path.startsWith("/api") ? "" : "/api/v1"}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const { status } = response;
  if (response.headers.get("content-type")?.startsWith("text/event-stream") === true) {
    await response.body?.cancel(); // it has no end
    return { status, body: "", headers: response.headers };
  }
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

/** A definition with a variable of each type, and two flows. */
export const EXAMPLE_DEFINITION: DefinitionInput = {
  format: 1,
  key: "orders",
  name: "Orders",
  config: {
    url: { type: "string", label: "URL" },
    limit: { type: "number", label: "Limit", default: 10 },
    dry: { type: "boolean", label: "Dry run", required: false },
    region: { type: "picklist", label: "Region", options: ["eu", "us"], default: "eu" },
  },
  permissions: { net: ["ledger.example:443"] },
  flows: [
    {
      key: "push",
      name: "Push",
      trigger: { type: "webhook", signature: "github", apiKeys: "optional" },
      retry: { maxAttempts: 3 },
      steps: [
        { type: "step", key: "parse" },
        { type: "step", key: "post" },
      ],
    },
    { key: "ping", trigger: { type: "webhook" }, steps: [{ type: "step", key: "only" }] },
  ],
};

/** Publishes, makes a customer and an instance with its required value, and deploys it. */
export async function deployExample(call: Call, definition: DefinitionInput = EXAMPLE_DEFINITION) {
  const published = await expectOk(
    call("POST", "/integrations/publish", { bundle: JSON.stringify(definition) }),
  );
  const customer = await expectOk(call("POST", "/customers", { name: `Customer ${createId()}` }));
  const created = await expectOk(
    call("POST", "/instances", {
      customerId: customer.id,
      integrationId: published.integration.id,
      name: "Main",
      config: { url: "https://ledger.example" },
    }),
  );
  const instance = await expectOk(call("POST", `/instances/${created.id}/deploy`, {}));
  const { items: flows } = await expectOk(call("GET", `/instances/${created.id}/flows`));
  return { integration: published.integration, version: published.version, customer, instance, flows };
}

export async function expectOk(answer: Promise<Answer>): Promise<Answer["body"]> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`HTTP ${status}: ${JSON.stringify(body)}`);
  return body;
}
