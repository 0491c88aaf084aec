import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { ACCESS, isAllowed, POLICY, ROLES, type Role } from "#contract/policy.ts";
import {
  type Call,
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  startTestApi,
  type TestApi,
} from "../support/test-api.ts";

/** Every route, walked with tokens that must not get anywhere. What is walked is the policy table itself. */
const ROUTES = Object.keys(POLICY) as (keyof typeof POLICY)[];

let api: TestApi;
let ids: Record<string, string>;
beforeAll(async () => {
  api = await startTestApi();
  const { integration, customer, instance, flows } = await deployExample(api.call);
  const flow = flows.find((candidate: { key: string }) => candidate.key === "ping");
  const key = await expectOk(api.call("POST", `/flows/${flow.id}/api-keys`, { name: "key" }));
  const started = await expectOk(api.call("POST", `/flows/${flow.id}/test`, {}));
  const token = await expectOk(api.call("POST", "/tokens", { name: "token", role: "viewer" }));
  ids = {
    customers: customer.id,
    integrations: integration.id,
    instances: instance.id,
    flows: flow.id,
    executions: started.executionId,
    tokens: token.id,
    keyId: key.id,
  };
});
afterAll(() => api.stop());

/** A call that would succeed for the owner, or be refused for the state of things, but not for its form. */
function request(route: string): { method: string; path: string; body: unknown } {
  const [method = "", template = ""] = route.split(" ");
  const collection = template.split("/")[3] ?? "";
  const path = template
    .replace("{id}", ids[collection] ?? "")
    .replace("{number}", "1")
    .replace("{variable}", "region")
    .replace("{key}", "push")
    .replace("{keyId}", ids["keyId"] ?? "");
  return { method, path: `${path}${QUERIES[route] ?? ""}`, body: BODIES[route]?.() };
}

const QUERIES: Record<string, string> = {
  "DELETE /api/v1/instances/{id}": "?confirm=Main",
  "DELETE /api/v1/instances/{id}/state": "?key=cursor",
};

/** Where what is read is not there for the one who may. */
const READ_STATUS: Record<string, number> = {
  // The flow is begun by webhooks.
  "GET /api/v1/flows/{id}/schedule": 404,
};

const BODIES: Record<string, () => unknown> = {
  "PUT /api/v1/instances/{id}/state": () => ({ key: "cursor", value: 1 }),
  "POST /api/v1/customers": () => ({ name: "C" }),
  "PATCH /api/v1/customers/{id}": () => ({ name: "Changed" }),
  "POST /api/v1/integrations/publish": () => ({
    bundle: JSON.stringify({ ...EXAMPLE_DEFINITION, key: "walked" }),
  }),
  "POST /api/v1/instances": () => ({
    customerId: ids["customers"],
    integrationId: ids["integrations"],
    name: "I",
  }),
  "PATCH /api/v1/instances/{id}": () => ({ name: "Changed" }),
  "PATCH /api/v1/integrations/{id}": () => ({ category: "Changed" }),
  "POST /api/v1/integrations/{id}/versions/{number}/withdraw": () => ({ reason: "r" }),
  "PUT /api/v1/instances/{id}/config": () => ({ values: {} }),
  "POST /api/v1/instances/{id}/deploy": () => ({}),
  "POST /api/v1/instances/{id}/rollback": () => ({ revision: 1 }),
  "POST /api/v1/instances/{id}/pause": () => ({}),
  "PUT /api/v1/flows/{id}/signing-secret": () => ({ secret: "s" }),
  "POST /api/v1/flows/{id}/api-keys": () => ({ name: "k" }),
  "POST /api/v1/flows/{id}/verify-signature": () => ({}),
  "POST /api/v1/flows/{id}/test": () => ({}),
  "POST /api/v1/instances/{id}/flows/{key}/test": () => ({}),
  "POST /api/v1/executions/{id}/replay": () => ({}),
  "POST /api/v1/executions/{id}/resume": () => ({}),
  "POST /api/v1/tokens": () => ({ name: "t", role: "viewer" }),
};

async function run(call: Call, route: string) {
  const { method, path, body } = request(route);
  return call(method, path, body);
}

describe("another organization's token", () => {
  let other: Call;
  beforeAll(async () => {
    other = api.callAs((await api.addOrganization()).token);
  });

  test.each(ROUTES.filter((route) => route.includes("{")))("finds nothing at %s", async (route) => {
    const { status, body } = await run(other, route);
    expect({ status, code: body.code }).toEqual({ status: 404, code: "request/not-found" });
  });

  test.each(["customers", "integrations", "instances", "executions"])(
    "lists none of the %s",
    async (list) => {
      const { items } = await expectOk(other("GET", `/${list}`));
      expect(items).toEqual([]);
    },
  );

  test("lists only its own tokens", async () => {
    const { items } = await expectOk(other("GET", "/tokens"));
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["other"]);
  });

  test("cannot make an instance of what is not its own", async () => {
    const { status, body } = await run(other, "POST /api/v1/instances");
    expect({ status, field: body.field }).toEqual({ status: 422, field: "/customerId" });
  });

  test("filters by what is not its own to nothing", async () => {
    for (const filter of [
      `customer=${ids["customers"]}`,
      `instance=${ids["instances"]}`,
      `text=${ids["executions"]}`,
    ])
      expect((await expectOk(other("GET", `/executions?${filter}`))).items).toEqual([]);
  });

  test("leaves everything as it was", async () => {
    expect(await expectOk(api.call("GET", `/instances/${ids["instances"]}`))).toMatchObject({
      name: "Main",
      deployedRevision: 1,
      activity: "enabled",
      config: { url: "https://ledger.example" },
    });
    expect((await expectOk(api.call("GET", `/customers/${ids["customers"]}`))).name).not.toBe("Changed");
    expect((await expectOk(api.call("GET", `/flows/${ids["flows"]}/api-keys`))).items).toHaveLength(1);
    expect((await expectOk(api.call("GET", `/executions/${ids["executions"]}`))).replays).toEqual([]);
  });
});

describe("a role", () => {
  const tokens = new Map<Role, Call>();
  beforeAll(async () => {
    for (const role of ROLES) tokens.set(role, api.callAs(await api.tokenFor(role)));
  });

  const walk = ROUTES.flatMap((route) => ROLES.map((role) => [role, route] as const)).filter(
    ([role, route]) => !isAllowed(role, POLICY[route]),
  );
  test.each(walk)("%s is refused %s", async (role, route) => {
    const { status, body } = await run(tokens.get(role)!, route);
    expect({ status, code: body.code }).toEqual({ status: 403, code: "request/forbidden" });
    expect(body.detail).toContain(ACCESS[POLICY[route]][0]);
  });

  const reads = ROUTES.filter((route) => route.startsWith("GET"));
  const allowed = reads.flatMap((route) =>
    ROLES.filter((role) => isAllowed(role, POLICY[route])).map((role) => [role, route] as const),
  );
  test.each(allowed)("%s reads %s", async (role, route) => {
    expect((await run(tokens.get(role)!, route)).status).toBe(READ_STATUS[route] ?? 200);
  });

  const writes = ROUTES.filter((route) => !route.startsWith("GET")).flatMap((route) =>
    ROLES.filter((role) => isAllowed(role, POLICY[route])).map((role) => [role, route] as const),
  );
  test.each(writes)("%s may call %s", async (role, route) => {
    const { method, path, body } = request(route);
    // Of a thing that is not there: being let in is told from being refused, and nothing is changed.
    const unknown = path.replace(/[0-9a-f-]{36}/, createId());
    const { status } = await tokens.get(role)!(method, unknown, body);
    expect(status).toBe(route.includes("{") ? 404 : status);
    expect([401, 403]).not.toContain(status);
    expect(status).toBeLessThan(500);
  });

  test("makes no token of a wider role than its own", async () => {
    const admin = tokens.get("admin")!;
    const refused = await admin("POST", "/tokens", { name: "up", role: "owner" });
    expect(refused).toMatchObject({ status: 403, body: { field: "/role" } });
    expect((await admin("POST", "/tokens", { name: "same", role: "admin" })).status).toBe(201);
  });

  test("does its work: an operator pauses, a builder configures, an admin revokes", async () => {
    const id = ids["instances"];
    expect((await tokens.get("operator")!("POST", `/instances/${id}/pause`, {})).status).toBe(200);
    expect((await tokens.get("operator")!("POST", `/instances/${id}/unpause`)).status).toBe(200);
    expect((await tokens.get("builder")!("PATCH", `/instances/${id}`, { description: "d" })).status).toBe(
      200,
    );
    expect((await tokens.get("admin")!("DELETE", `/tokens/${ids["tokens"]}`)).status).toBe(204);
  });
});

test.each(ROUTES)("without a token %s is 401", async (route) => {
  const { method, path } = request(route);
  const response = await fetch(`${api.url}${path}`, { method });
  expect(response.status).toBe(401);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
});

test.each(ROUTES.filter((route) => route.includes("{")))("an unknown id is 404 at %s", async (route) => {
  const { method, path, body } = request(route);
  const unknown = path.replace(/[0-9a-f-]{36}/, createId());
  expect(await api.call(method, unknown, body)).toMatchObject({
    status: 404,
    body: { code: "request/not-found" },
  });
});

test("the policy has a rule for each documented route, and no other", async () => {
  const { paths } = await expectOk(api.call("GET", "/api/openapi.json"));
  const documented = Object.entries<object>(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(documented.toSorted()).toEqual(ROUTES.toSorted());
});

test("nothing of Better Auth but signing in is open", async () => {
  for (const path of [
    "sign-up/email",
    "api-key/create",
    "organization/create",
    "organization/update-member-role",
  ]) {
    const response = await fetch(`${api.url}/api/auth/${path}`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
  }
});
