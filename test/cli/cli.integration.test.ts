import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse as parseYaml } from "yaml";
import {
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  startTestApi,
  type TestApi,
} from "../support/test-api.ts";
import { jsonOf, ownerEnv, runCli } from "../support/run-cli.ts";

let api: TestApi;
let folder: string;
let example: Awaited<ReturnType<typeof deployExample>>;
beforeAll(async () => {
  api = await startTestApi();
  folder = await mkdtemp(join(tmpdir(), "millrace-cli-"));
  example = await deployExample(api.call);
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: string[], env: Record<string, string> = {}, input = "") =>
  runCli(args, { XDG_CONFIG_HOME: folder, MILLRACE_DATA_DIR: folder, ...env }, input);
const cli = (...args: string[]) => run(args, ownerEnv(api));
const json = (...args: string[]) => jsonOf(cli(...args, "-o", "json"));

test("what needs the engine says where it is to be had", async () => {
  expect(await run(["sandbox", "verify"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("run `bin/millrace sandbox` in an installation"),
  });
});

describe("where the server comes from", () => {
  test("nowhere: the error says what to do", async () => {
    expect(await run(["customers:list"])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("npm start"),
    });
  });

  test("run.json of the data directory, so that a laptop needs no setting", async () => {
    const file = join(folder, "run.json");
    await writeFile(file, JSON.stringify({ apiUrl: api.url, token: api.ownerToken }));
    expect(await run(["customers:list"])).toMatchObject({ code: 0, stderr: "" });
    await rm(file);
  });

  test("login, which keeps it in a file that only this user reads, once it was tried", async () => {
    const file = join(folder, "millrace", "profile.json");
    const refused = await run(["login", "--server", api.url, "--token", "mlr_wrong"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("request ") });
    await expect(stat(file)).rejects.toThrow("ENOENT");
    expect(await run(["login", "--server", api.url, "--token", api.ownerToken])).toMatchObject({ code: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).toContain(api.ownerToken);
    expect(await run(["customers:list"])).toMatchObject({ code: 0 });
    const elsewhere = await run(["customers:list", "--server", "http://elsewhere.test"]);
    expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining("no token for") });
    await rm(file);
  });

  test("a profile of several, each with its own token; a token is read from standard input, never another's", async () => {
    await run(["login", "--server", api.url, "--token", api.ownerToken]);
    const { token } = await json("tokens:create", "second", "--role", "viewer");
    const login = run(["login", "--profile", "reader", "--server", api.url], {}, token);
    expect(await login).toMatchObject({ code: 0, stdout: expect.stringContaining("as viewer") });
    expect((await stat(join(folder, "millrace", "profile.json"))).mode & 0o777).toBe(0o600);
    expect((await run(["profiles:list", "--columns", "name,current", "-o", "csv"])).stdout).toBe(
      "name,current\r\ndefault,no\r\nreader,yes\r\n",
    );
    expect(await run(["customers:create", "by reader"])).toMatchObject({ code: 1 });
    expect(await run(["customers:create", "by owner", "--profile", "default"])).toMatchObject({ code: 0 });
    expect(await run(["customers:list", "--profile", "nope"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("There are default, reader"),
    });
    await run(["logout"]);
    expect(await run(["customers:create", "by owner again"])).toMatchObject({ code: 0 });
    expect(await run(["profiles:use", "reader"])).toMatchObject({ code: 1 });
    await run(["logout"]);
    expect((await run(["customers:list"])).stderr).toContain("No server is known");
  });

  test("one that does not answer", async () => {
    const gone = await run(["customers:list", "--server", "http://127.0.0.1:1", "--token", "t"]);
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining("does not answer") });
  });
});

describe("usage", () => {
  test.each([
    ["nope"],
    ["customers:create"],
    ["customers:list", "--limit", "0"],
    ["customers:list", "-o", "xml"],
  ])("%s %s %s is exit code 2", async (...args) => expect((await cli(...args)).code).toBe(2));

  test("help is no error", async () => {
    const { code, stdout } = await cli("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("instances:flow-configs:test");
  });
});

describe("a list", () => {
  test("prints as table, JSON, YAML and CSV, without colours where no terminal is", async () => {
    await cli("customers:create", 'Comma, "quoted"', "--external-id", "crm-7");
    const [table, asJson, yaml, csv] = await Promise.all(
      ["table", "json", "yaml", "csv"].map(
        async (format) => (await cli("customers:list", "-o", format)).stdout,
      ),
    );
    expect(table).toMatch(/^id +name +external id/);
    // oxlint-disable-next-line no-control-regex -- that there are none is what is tested
    expect(table).not.toMatch(/\u001b/);
    expect(JSON.parse(asJson ?? "")[0]).toMatchObject({ externalId: "crm-7" });
    expect(parseYaml(yaml ?? "")[0]).toMatchObject({ externalId: "crm-7" });
    expect(csv).toContain('"Comma, ""quoted""",crm-7');
  });

  test("reads as many pages as the limit asks for", async () => {
    for (let n = 0; n < 3; n += 1) await expectOk(api.call("POST", "/customers", { name: `page ${n}` }));
    expect(await json("customers:list", "--search", "page ", "--limit", "2")).toHaveLength(2);
    expect(await json("customers:list", "--search", "page ", "--limit", "500")).toHaveLength(3);
  });
});

describe("a name", () => {
  test("of one stands for its id, of several or none is an error with the way on", async () => {
    for (const name of ["Twin", "Twin", "Single"]) await expectOk(api.call("POST", "/customers", { name }));
    expect(await cli("customers:delete", "Single")).toMatchObject({ code: 0 });
    expect(await cli("customers:delete", "Twin")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Several customers.*use the id\s+List them: millrace customers:list/s),
    });
    expect((await cli("customers:delete", "Nobody")).stderr).toContain('No customer is called "Nobody"');
  });
});

test("an instance is created, configured, deployed, rolled back and paused", async () => {
  const key = example.integration.key;
  await cli("customers:create", "Acme");
  const args = ["instances:create", "Acme orders", "--customer", "Acme", "--integration", key];
  expect(await json(...args)).toMatchObject({ configuration: "incomplete" });
  const refused = await cli("instances:deploy", "Acme orders");
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('url: "URL" needs a value') });
  const set = ["--set", "url=https://a", "--set", "limit=7", "--set", "dry=true"];
  expect(await json("instances:configure", "Acme orders", ...set)).toMatchObject({
    configuration: "complete",
    config: { url: "https://a", limit: 7, dry: true },
  });
  expect(await json("instances:deploy", "Acme orders", "--note", "first")).toMatchObject({
    deployedRevision: 1,
  });
  expect(await json("instances:configure", "Acme orders", "--unset", "dry")).toMatchObject({
    config: { url: "https://a", limit: 7 },
  });
  await cli("instances:deploy", "Acme orders");
  expect(await json("instances:rollback", "Acme orders", "--revision", "1")).toMatchObject({
    deployedRevision: 3,
    config: { dry: true },
  });
  expect(await json("instances:pause", "Acme orders", "--reason", "audit")).toMatchObject({
    activity: "paused",
  });
  expect(await json("instances:list", "--state", "paused")).toMatchObject([{ name: "Acme orders" }]);
  expect(await json("instances:unpause", "Acme orders")).toMatchObject({ activity: "enabled" });
  const wrong = await cli("instances:configure", "Acme orders", "--set", "limit=many");
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("limit must be a number, not text"),
  });
  expect((await cli("instances:get", "Acme orders")).stdout).toMatch(/deployed +revision 3/);
  expect(await cli("customers:delete", "Acme")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--confirm <name>"),
  });
  expect((await cli("customers:delete", "Acme", "--confirm", "Acme")).stdout).toContain("is being deleted");
  expect(await cli("instances:delete", "Acme orders")).toMatchObject({ code: 2 });
  expect(await cli("instances:delete", "Acme orders", "--confirm", "Acme")).toMatchObject({ code: 1 });
  expect(await cli("instances:delete", "Acme orders", "--confirm", "Acme orders")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("is being deleted"),
  });
});

test("a flow is tested, and its execution listed, shown, replayed and cancelled", async () => {
  const flows = await json("instances:flow-configs:list", example.instance.id);
  expect(flows.map(({ key }: { key: string }) => key)).toEqual(["ping", "push"]);
  const body = join(folder, "body.json");
  await writeFile(body, '{"n":1}');
  const flow = `${example.instance.id}/ping`;
  const { executionId } = await json(
    "instances:flow-configs:test",
    flow,
    "--payload",
    `@${body}`,
    "--header",
    "x-a=1",
    "--method",
    "PUT",
    "--query",
    "page=2",
  );
  expect(await expectOk(api.call("GET", `/executions/${executionId}/payload`))).toMatchObject({
    method: "PUT",
    query: "page=2",
  });
  expect((await json("executions:list", "--flow", "ping"))[0].id).toBe(executionId);
  expect((await cli("executions:payload", executionId, "--body")).stdout).toBe('{"n":1}');
  const shown = await cli("executions:get", executionId);
  expect(shown.stdout).toMatch(/state +queued/);
  expect(shown.stdout).toContain("http://ui.test/namespaces/default/workflows/");
  expect(shown.stdout).toMatch(/only +pending/);
  const replay = await json("executions:replay", executionId);
  expect((await cli("executions:get", replay.executionId)).stdout).toMatch(/trigger +replay, of a test/);
  expect((await cli("executions:cancel", replay.executionId)).stdout).toContain("Cancelled execution");
  const followed = await cli("executions:get", replay.executionId, "--follow");
  expect(followed).toMatchObject({ code: 1, stderr: expect.stringContaining("is cancelled") });
  expect(await cli("executions:audit", executionId)).toMatchObject({
    code: 0,
    stdout: "It accessed nothing.\n",
  });
  await api.database.pool.query(
    `insert into step_results (execution_id, path, generation, attempt, step_attempt, seq, outcome,
      output_characters, accesses, logs_dropped, started_at, wait_ms, run_ms, cpu_ms)
     values ($1, 'only', 1, 1, 1, 1, 'threw', 0, $2, 0, now(), 0, 0, 0)`,
    [
      executionId,
      {
        records: [{ atMs: 0, permission: "net", value: "b.com:443", granted: false, reason: "no rule" }],
        dropped: 2,
      },
    ],
  );
  const audit = await cli("executions:audit", executionId, "--jsonl", "--denied");
  expect(JSON.parse(audit.stdout)).toMatchObject({
    v: 1,
    datetime: "1970-01-01T00:00:00Z",
    permission: "net",
    value: "b.com:443",
    execution: executionId,
    step: "only",
  });
  expect(audit.stderr).toContain("2 more were not kept");
  expect(await cli("executions:logs", executionId)).toMatchObject({
    code: 0,
    stdout: "It logged nothing.\n",
  });
});

test("what steps keep is set, listed and deleted", async () => {
  const { id } = example.instance;
  const at = ["--key", "cursor", "--flow", "push"];
  expect(await cli("instances:state:set", id, ...at, "--value", '{"page":3}')).toMatchObject({ code: 0 });
  expect((await cli("instances:state:list", id)).stdout).toMatch(/push +cursor +\{"page":3\}.* a person/);
  const wrong = await cli("instances:state:set", id, ...at, "--value", "text");
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("text is not JSON") });
  expect(await cli("instances:state:delete", id, ...at)).toMatchObject({ code: 0 });
  expect((await cli("instances:state:list", id)).stdout).toBe("It keeps nothing.\n");
});

test("choices are listed, and a draft is tested and found among the drafts", async () => {
  const config = {
    ...EXAMPLE_DEFINITION.config,
    project: { type: "picklist", label: "Project", options: "function", required: false },
  } as const; // as const: a type of variable is one of a few words
  const { instance } = await deployExample(api.call, { ...EXAMPLE_DEFINITION, key: "choosing", config });
  const choices = await json("config:options", instance.id, "project", "--set", "limit=7");
  expect(JSON.parse(choices[0].value)).toMatchObject({ limit: 7, region: "eu" });
  expect((await cli("config:options", instance.id, "region", "--columns", "value", "-o", "csv")).stdout).toBe(
    "value\r\neu\r\nus\r\n",
  );
  expect((await cli("config:options", instance.id, "url")).stderr).toContain("only a picklist has options");

  await cli("instances:configure", instance.id, "--set", "limit=8");
  const { executionId } = await json("instances:flow-configs:test", `${instance.id}/ping`, "--draft");
  expect((await cli("executions:get", executionId)).stdout).toMatch(/version +1, draft 1/);
  expect((await cli("instances:revisions", instance.id, "--drafts")).stdout).toContain("draft 1");
  expect(await json("instances:revisions", instance.id)).toMatchObject([{ number: 1, draft: false }]);
});

test("a flow's schedule is shown in words, with its next runs", async () => {
  const steps = [{ type: "step" as const, key: "only" }];
  const { instance } = await deployExample(api.call, {
    ...EXAMPLE_DEFINITION,
    key: "nightly",
    flows: [{ key: "sync", trigger: { type: "schedule", timetable: { cron: "0 3 * * *" } }, steps }],
  });
  const shown = await cli("instances:flow-configs:schedule", `${instance.id}/sync`);
  expect(shown.stdout).toMatch(/schedule +At 03:00 \(UTC\)/);
  expect(shown.stdout.match(/T03:00:00\.000Z/g)).toHaveLength(5);
});

test("a token is made with a role, and cannot do more", async () => {
  const { token } = await json("tokens:create", "reader", "--role", "viewer");
  const reader = { MILLRACE_SERVER: api.url, MILLRACE_TOKEN: token };
  expect(await run(["customers:list"], reader)).toMatchObject({ code: 0 });
  expect(await run(["customers:create", "x"], reader)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Not allowed: .*\s+Ask an owner or admin.*\s+request [0-9a-f-]{36}/s),
  });
});

test("whoami says where a token leads, and a revoked one leads nowhere", async () => {
  const made = await json("tokens:create", "short-lived", "--role", "operator");
  const env = { MILLRACE_SERVER: api.url, MILLRACE_TOKEN: made.token };
  const before = await run(["whoami", "-o", "json"], env);
  expect(JSON.parse(before.stdout)).toMatchObject({ server: api.url, role: "operator", tokenId: made.id });
  expect(await cli("tokens:revoke", "nobody's", "--yes")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("millrace tokens:list"),
  });
  expect(await cli("tokens:revoke", "short-lived", "--yes")).toMatchObject({ code: 0 });
  await vi.waitFor(async () => expect((await run(["whoami"], env)).code).toBe(1), 20_000);
});

test("an integration is shown, and what is kept beside its versions changed", async () => {
  const { key, id } = example.integration;
  expect((await cli("integrations:update", key)).code).toBe(2);
  await cli("integrations:update", key, "--category", "ledgers");
  expect(await json("integrations:get", key)).toMatchObject({ id, key, category: "ledgers" });
  expect(await json("integrations:list", "--category", "ledgers")).toMatchObject([{ key }]);
  await cli("integrations:update", key, "--category", "");
  expect(await json("integrations:get", key)).toMatchObject({ category: "" });
});

test("an instance is renamed and labelled, and shows its revisions and approvals", async () => {
  const { id } = example.instance;
  expect((await cli("instances:update", id)).code).toBe(2);
  await cli("instances:update", id, "--label", "canary", "--description", "first of all");
  expect(await json("instances:list", "--label", "canary")).toMatchObject([{ id }]);
  expect(await json("instances:list", "--description", "of all")).toMatchObject([{ id }]);
  await cli("instances:update", id, "--no-labels");
  expect(await json("instances:list", "--label", "canary")).toEqual([]);
  expect(await json("instances:revisions", id)).toMatchObject([{ number: 1 }]);
  expect(await json("instances:approvals", id)).toEqual([]);
});

test("a customer is shown and changed in what is given", async () => {
  await cli("customers:create", "Changing", "--external-id", "crm-9", "--label", "eu");
  expect((await cli("customers:update", "Changing")).code).toBe(2);
  await cli("customers:update", "Changing", "--description", "big", "--external-id", "");
  expect(await json("customers:get", "Changing")).toMatchObject({
    description: "big",
    externalId: null,
    labels: ["eu"],
  });
});

test("a version is withdrawn and restored, and an endpoint shows its last requests", async () => {
  const { key } = example.integration;
  const args = [key, "--version-number", "1"];
  await cli("integrations:withdraw", ...args, "--reason", "leaks");
  const get = () => api.call("GET", `/instances/${example.instance.id}`);
  expect(await expectOk(get())).toMatchObject({ versionWithdrawn: true });
  expect(await cli("integrations:restore", ...args)).toMatchObject({ code: 0, stderr: "" });
  expect(await expectOk(get())).toMatchObject({ versionWithdrawn: false });
  expect(await cli("endpoints:requests", `${example.instance.id}/push`)).toMatchObject({
    code: 0,
    stdout: "No requests yet.\n",
  });
});
