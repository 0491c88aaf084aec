import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jsonOf, ownerEnv, runCli } from "../support/run-cli.ts";
import { deployExample, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
let instanceId: string;
let flow: string;

beforeAll(async () => {
  api = await startTestApi();
  const { instance } = await deployExample(api.call);
  instanceId = String(instance.id);
  flow = `${instanceId}/push`;
});
afterAll(() => api.stop());

const cli = (args: string[], input = "") => runCli(args, ownerEnv(api), input);
const json = (...args: string[]) => jsonOf(cli([...args, "-o", "json"]));

test("a signing secret comes from standard input, and is never printed", async () => {
  const secret = "a-secret-from-a-pipe";
  const { code, stdout, stderr } = await cli(["flows:signing-secret:set", flow], `${secret}\n`);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("is set") });
  expect(stdout + stderr).not.toContain(secret);
  const flows: { key: string; security: object }[] = await json("instances:flow-configs:list", instanceId);
  expect(flows.find(({ key }) => key === "push")?.security).toMatchObject({ signingSecret: "set" });
});

test("no secret at all is an error that says how to give one", async () => {
  const { code, stderr } = await cli(["flows:signing-secret:set", flow], "\n");
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("standard input") });
});

test("an API key is made, listed by its end, and gone once it is revoked", async () => {
  const made = await json("flows:api-keys:create", flow, "--name", "the shop");
  expect(made).toMatchObject({ name: "the shop", apiKey: expect.any(String) });
  const [listed] = await json("flows:api-keys:list", flow);
  expect(listed).toMatchObject({ id: made.id, name: "the shop", hint: made.apiKey.slice(-4) });
  expect(await cli(["flows:api-keys:revoke", flow, "--key", made.id])).toMatchObject({ code: 0 });
  expect(await json("flows:api-keys:list", flow)).toEqual([]);
});

test("a signature is explained: what is expected beside what was sent, and exit code 1 where it is refused", async () => {
  const body = '{"n":1}';
  await cli(["flows:signing-secret:set", flow], "the sender's secret");
  const signature = createHmac("sha256", "the sender's secret").update(body).digest("hex");
  const args = ["endpoints:verify", flow, "--body-file", "-", "--header"];
  const right = await cli([...args, `X-Hub-Signature-256: sha256=${signature}`], body);
  expect(right).toMatchObject({ code: 0, stderr: "" });
  expect(right.stdout).toMatch(/verdict +the signature is right/);
  expect(right.stdout).toMatch(/base string +"\{\\"n\\":1\}"/);
  const wrong = await cli([...args, `x-hub-signature-256=sha256=${signature}`], `${body}\n`);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("does not fit the body") });
  expect(wrong.stdout).toMatch(/cause +It fits this body without the line end at its end/);
  expect(wrong.stdout).toMatch(/expected +sha256=[0-9a-f]{8}… \(64 characters\)/);
  expect(wrong.stdout + right.stdout).not.toContain("the sender's secret");
  expect(await cli([...args, "no header"], body)).toMatchObject({ code: 2 });
});

test("a snippet is printed for a flow by its name, in the language that is asked for", async () => {
  const { code, stdout } = await cli(["endpoints:snippet", flow, "--lang", "python"]);
  expect(code).toBe(0);
  expect(stdout).toContain('os.environ.get("SIGNING_SECRET")');
  expect(await cli(["endpoints:snippet", flow, "--lang", "cobol"])).toMatchObject({ code: 2 });
});
