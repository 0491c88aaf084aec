import { createId } from "#contract/create-id.ts";
import type { PolicedRoute } from "#contract/policy.ts";
import { type Call, deployExample, EXAMPLE_DEFINITION, expectOk } from "./test-api.ts";

/** Ids of one organization's things, by the part of the path that they stand behind. */
export interface Things {
  customers: string;
  integrations: string;
  instances: string;
  flows: string;
  executions: string;
  tokens: string;
  jobs: string;
  keyId: string;
}

/** One of each, made by calls: the instance "Main" is deployed, the flow `ping` has an execution and a key. */
export async function makeThings(call: Call): Promise<Things> {
  const { integration, customer, instance, flows } = await deployExample(call);
  const flow = flows.find((candidate: { key: string }) => candidate.key === "ping");
  const key = await expectOk(call("POST", `/flows/${flow.id}/api-keys`, { name: "key" }));
  const started = await expectOk(call("POST", `/flows/${flow.id}/test`, {}));
  const token = await expectOk(call("POST", "/tokens", { name: "token", role: "viewer" }));
  const { id: integrationId } = integration;
  const job = await expectOk(call("POST", "/jobs/upgrade-instances", { integrationId, dryRun: true }));
  return {
    customers: customer.id,
    integrations: integration.id,
    instances: instance.id,
    flows: flow.id,
    executions: started.executionId,
    tokens: token.id,
    jobs: job.id,
    keyId: key.id,
  };
}

/** What a call of a route is made of. `params` are those of its path. */
export interface RouteRequest {
  method: string;
  template: string;
  params: Record<string, string>;
  query: Record<string, string>;
  body: unknown;
}

/** A call that would succeed for the owner, or be refused for the state of things, but not for its form. */
export function requestOf(route: PolicedRoute, things: Things): RouteRequest {
  const [method = "", template = ""] = route.split(" ");
  const collection = template.split("/")[3] ?? "";
  const known = {
    id: idIn(things, collection),
    number: "1",
    keyId: things.keyId,
    variable: "region",
    key: "push",
  };
  const params = Object.entries(known).filter(([name]) => template.includes(`{${name}}`));
  return {
    method,
    template,
    params: Object.fromEntries(params),
    query: QUERIES[route] ?? {},
    body: BODIES[route]?.(things),
  };
}

/** The call's path with its query. */
export function pathOf({ template, params, query }: Omit<RouteRequest, "method" | "body">): string {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = new URLSearchParams(query).toString();
  return search === "" ? path : `${path}?${search}`;
}

function idIn(things: Things, collection: string): string {
  const found = Object.entries(things).find(([name]) => name === collection);
  return found?.[1] ?? createId();
}

const QUERIES: Partial<Record<PolicedRoute, Record<string, string>>> = {
  "DELETE /api/v1/instances/{id}": { confirm: "Main" },
  "DELETE /api/v1/instances/{id}/state": { key: "cursor" },
};

const BODIES: Partial<Record<PolicedRoute, (things: Things) => object>> = {
  "POST /api/v1/customers": () => ({ name: "C" }),
  "PATCH /api/v1/customers/{id}": () => ({ name: "Changed" }),
  "POST /api/v1/integrations/publish": () => ({
    bundle: JSON.stringify({ ...EXAMPLE_DEFINITION, key: "walked" }),
  }),
  "PATCH /api/v1/integrations/{id}": () => ({ category: "Changed" }),
  "POST /api/v1/integrations/{id}/versions/{number}/withdraw": () => ({ reason: "r" }),
  "POST /api/v1/instances": ({ customers, integrations }) => ({
    customerId: customers,
    integrationId: integrations,
    name: "I",
  }),
  "PATCH /api/v1/instances/{id}": () => ({ name: "Changed" }),
  "PUT /api/v1/instances/{id}/config": () => ({ values: {} }),
  "POST /api/v1/instances/{id}/deploy": () => ({}),
  "POST /api/v1/instances/{id}/approve": () => ({}),
  "POST /api/v1/instances/{id}/upgrade": () => ({}),
  "POST /api/v1/instances/{id}/rollback": () => ({ revision: 1 }),
  "POST /api/v1/instances/{id}/pause": () => ({}),
  "PUT /api/v1/instances/{id}/state": () => ({ key: "cursor", value: 1 }),
  "PUT /api/v1/flows/{id}/signing-secret": () => ({ secret: "s" }),
  "POST /api/v1/flows/{id}/api-keys": () => ({ name: "k" }),
  "POST /api/v1/flows/{id}/verify-signature": () => ({}),
  "POST /api/v1/flows/{id}/test": () => ({}),
  "POST /api/v1/instances/{id}/flows/{key}/test": () => ({}),
  "POST /api/v1/executions/{id}/replay": () => ({}),
  "POST /api/v1/executions/{id}/resume": () => ({}),
  "POST /api/v1/jobs/upgrade-instances": ({ integrations }) => ({
    integrationId: integrations,
    dryRun: true,
  }),
  "POST /api/v1/tokens": () => ({ name: "t", role: "viewer" }),
};
