import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pathOf, requestOf } from "../support/route-requests.ts";
import { startTestApi, type TestApi } from "../support/test-api.ts";
import { ACCESS_ROWS } from "./bad-input/access.ts";
import type { BadRow } from "./bad-input/bad-row.ts";
import { CUSTOMER_ROWS } from "./bad-input/customers.ts";
import { DEPLOYMENT_ROWS } from "./bad-input/deployments.ts";
import { OPERATIONS, ROUTES } from "./bad-input/description.ts";
import { EXECUTION_ROWS } from "./bad-input/executions.ts";
import { FLOW_ROWS } from "./bad-input/flows.ts";
import { generateRows } from "./bad-input/generate-rows.ts";
import { INSTANCE_ROWS } from "./bad-input/instances.ts";
import { INTEGRATION_ROWS } from "./bad-input/integrations.ts";
import { JOB_ROWS } from "./bad-input/jobs.ts";
import { CANNOT_CONFLICT, neededRows } from "./bad-input/needed-rows.ts";
import { makeWorld, type World } from "./bad-input/world.ts";

/** Every documented bad input gets its documented answer, and changes nothing. The rows are data, in `bad-input/`. */
const ROWS: BadRow[] = [
  ...OPERATIONS.flatMap(generateRows),
  ...CUSTOMER_ROWS,
  ...INTEGRATION_ROWS,
  ...INSTANCE_ROWS,
  ...DEPLOYMENT_ROWS,
  ...FLOW_ROWS,
  ...EXECUTION_ROWS,
  ...JOB_ROWS,
  ...ACCESS_ROWS,
];

let api: TestApi;
let world: World;
let before: unknown;
beforeAll(async () => {
  api = await startTestApi();
  world = await makeWorld(api);
  before = await takeStock();
});
afterAll(() => api.stop());

interface Refusal {
  answer: { status: number; type: string | null; body: Record<string, unknown>; requestId: string | null };
  /** Of the call that was made, not of the one that would succeed. */
  params: Record<string, string>;
}

async function ask(row: BadRow): Promise<Refusal> {
  const good = requestOf(row.route, world.own);
  const bad = typeof row.request === "function" ? row.request(world) : row.request;
  const query = Object.entries<string | null>({ ...good.query, ...bad.query });
  const call = {
    template: good.template,
    params: { ...good.params, ...bad.params },
    query: Object.fromEntries(query.filter((entry): entry is [string, string] => entry[1] !== null)),
  };
  const body = "body" in bad ? bad.body : good.body;
  const text = bad.text ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${api.url}${pathOf(call)}`, {
    method: good.method,
    headers: {
      authorization: `Bearer ${api.ownerToken}`,
      ...(text !== undefined && { "content-type": "application/json" }),
      ...bad.headers,
    },
    ...(text !== undefined && { body: text }),
  });
  const { status, headers } = response;
  const answer = {
    status,
    type: headers.get("content-type"),
    requestId: headers.get("x-request-id"),
    body: (await response.json()) as Record<string, unknown>, // every refusal has one
  };
  return { answer, params: call.params };
}

/** What the detail must name: for wrong input the field, else the thing that it is about. */
function namesOf(row: BadRow, params: Record<string, string>): string {
  if (row.names !== undefined) return typeof row.names === "function" ? row.names(world) : row.names;
  if (row.status === 400 || row.status === 413) return row.field === "/" ? "the body" : (row.field ?? "");
  return params["id"] ?? "";
}

describe.each(ROUTES)("%s refuses", (route) => {
  const rows = ROWS.filter((row) => row.route === route);
  test.each(rows)("$what: $status $code", async (row) => {
    const { answer, params } = await ask(row);
    const { status, code } = row;
    expect(answer).toMatchObject({
      status,
      type: "application/problem+json",
      body: {
        status,
        code,
        requestId: answer.requestId,
        ...(row.field !== undefined && { field: row.field }),
      },
    });
    expect(answer.body["detail"]).toContain(namesOf(row, params));
    expect(answer.body["detail"]).toMatch(REMEDY);
  });
});

/** A detail says what is expected or what to do, not only that something is wrong. */
const REMEDY = /\bmust\b|is needed|leave it out|are not supported|(GET|PUT|POST) \/api|; [a-z]/;

describe("a route of the description", () => {
  test.each(OPERATIONS)("$route has rows for each way in which a call of it can be bad", (operation) => {
    const rows = ROWS.filter(({ route }) => route === operation.route);
    const have = new Set(rows.flatMap(({ kind, of = "" }) => [kind, `${kind} ${of}`]));
    expect(neededRows(operation).filter((needed) => !have.has(needed))).toEqual([]);
  });

  test("that cannot conflict is one, and has no row of a conflict", () => {
    const conflicting = new Set(ROWS.filter(({ kind }) => kind === "conflict").map(({ route }) => route));
    for (const route of Object.keys(CANNOT_CONFLICT)) {
      expect(ROUTES).toContain(route);
      expect([...conflicting]).not.toContain(route);
    }
  });
});

test.each(["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])("%s where there is none is 405", async (method) => {
  const response = await fetch(`${api.url}/api/v1/me`, {
    method,
    headers: { authorization: `Bearer ${api.ownerToken}` },
  });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("GET");
  expect(await response.json()).toMatchObject({ code: "request/method-not-allowed" });
});

test("what was refused has changed nothing", async () => {
  expect(await takeStock()).toEqual(before);
});

/** All that the two organizations have, but for when a token was last used. */
async function takeStock(): Promise<unknown> {
  const { rows } = await api.database.pool.query(
    `select (select jsonb_agg(to_jsonb(c) order by id) from customers as c) as customers,
       (select jsonb_agg(to_jsonb(i) order by id) from instances as i) as instances,
       (select jsonb_agg(to_jsonb(g) order by id) from integrations as g) as integrations,
       (select jsonb_agg(jsonb_build_array(id, state) order by id) from executions) as executions,
       (select jsonb_agg(jsonb_build_array(id, revoked_at) order by id) from flow_api_keys) as keys,
       (select jsonb_agg(id order by id) from apikey) as tokens,
       (select count(*) from revisions) as revisions, (select count(*) from versions) as versions,
       (select count(*) from requests where kind <> 'evaluate-definition') as requests`,
  );
  return rows;
}
