import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { ACCESS, isAllowed, POLICY, type PolicedRoute, ROLES, type Role } from "#contract/policy.ts";
import { makeThings, pathOf, requestOf, type Things } from "../support/route-requests.ts";
import { type Call, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

/** Every route, walked with tokens that must not get anywhere. What is walked is the policy table itself. */
const ROUTES = Object.keys(POLICY) as PolicedRoute[];

let api: TestApi;
let ids: Things;
beforeAll(async () => {
  api = await startTestApi();
  ids = await makeThings(api.call);
});
afterAll(() => api.stop());

function request(route: PolicedRoute): { method: string; path: string; body: unknown } {
  const { method, body, ...rest } = requestOf(route, ids);
  return { method, path: pathOf(rest), body };
}

/** Where what is read is not there for the one who may. */
const READ_STATUS: Record<string, number> = {
  // The flow is begun by webhooks.
  "GET /api/v1/flows/{id}/schedule": 404,
};

async function run(call: Call, route: PolicedRoute) {
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

  test.each(["customers", "integrations", "instances", "executions", "jobs"])(
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
    for (const filter of [`customer=${ids.customers}`, `instance=${ids.instances}`, `text=${ids.executions}`])
      expect((await expectOk(other("GET", `/executions?${filter}`))).items).toEqual([]);
  });

  test("leaves everything as it was", async () => {
    expect(await expectOk(api.call("GET", `/instances/${ids.instances}`))).toMatchObject({
      name: "Main",
      deployedRevision: 1,
      activity: "enabled",
      config: { url: "https://ledger.example" },
    });
    expect((await expectOk(api.call("GET", `/customers/${ids.customers}`))).name).not.toBe("Changed");
    expect((await expectOk(api.call("GET", `/flows/${ids.flows}/api-keys`))).items).toHaveLength(1);
    expect((await expectOk(api.call("GET", `/executions/${ids.executions}`))).replays).toEqual([]);
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
    const id = ids.instances;
    expect((await tokens.get("operator")!("POST", `/instances/${id}/pause`, {})).status).toBe(200);
    expect((await tokens.get("operator")!("POST", `/instances/${id}/unpause`)).status).toBe(200);
    expect((await tokens.get("builder")!("PATCH", `/instances/${id}`, { description: "d" })).status).toBe(
      200,
    );
    expect((await tokens.get("admin")!("DELETE", `/tokens/${ids.tokens}`)).status).toBe(204);
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
