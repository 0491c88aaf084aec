import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { childEnv } from "#config";
import { SNIPPET_LANGUAGES, senderSnippet, type SnippetLanguage } from "#cli/snippets/sender-snippet.ts";
import type { DefinitionInput } from "#contract/definition.ts";
import { deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

/** Each snippet is run by its own language against an api that verifies: curl with openssl, node, python3. */
type Webhook = Extract<DefinitionInput["flows"][number]["trigger"], { type: "webhook" }>;
const SCHEMES: Record<string, Omit<Webhook, "type">> = {
  open: {},
  keyed: { apiKeys: "required", dedupe: { header: "X-Delivery" } },
  github: { signature: "github", dedupe: { header: "X-GitHub-Delivery" } },
  stripe: { signature: "stripe", apiKeys: "required" },
  slack: { signature: "slack" },
  shopify: { signature: "shopify" },
  standard: { signature: "standard-webhooks" },
  // Text that each language would take for its own.
  hmac: {
    signature: {
      type: "hmac",
      algorithm: "sha512",
      header: "X-Sig",
      encoding: "base64url",
      prefix: '{a}$b`"=',
    },
  },
  timed: {
    signature: {
      type: "hmac",
      algorithm: "sha1",
      header: "X-Sig",
      encoding: "base64",
      timestamp: { header: "X-Time", separator: "${:}" },
    },
  },
};
const RUNNERS: Record<SnippetLanguage, { program: string; file: string }> = {
  curl: { program: "bash", file: "send.sh" },
  node: { program: process.execPath, file: "send.mjs" },
  python: { program: "python3", file: "send.py" },
};
/** Longer than the block that a digest takes at once, with what a shell would take for its own. */
const TEXT_SECRET = `$(id) "it's" \\x41 % ${"x".repeat(120)}`;
const BASE64_SECRET = `whsec_${Buffer.from("a secret of 24 bytes, so").toString("base64")}`;
const secretOf = (key: string) => (key === "standard" ? BASE64_SECRET : TEXT_SECRET);

let api: TestApi;
let folder: string;
let apiKey: string;
const flows = new Map<string, Parameters<typeof senderSnippet>[0]>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-snippets-"));
  api = await startTestApi();
  const { flows: deployed } = await deployExample(api.call, {
    format: 1,
    key: "senders",
    name: "Senders",
    config: { url: { type: "string", label: "URL" } },
    flows: Object.entries(SCHEMES).map(([key, trigger]) => ({
      key,
      trigger: { type: "webhook" as const, ...trigger },
      steps: [{ type: "step" as const, key: "only" }],
    })),
  });
  for (const { id, key } of deployed) {
    if (SCHEMES[key]?.signature !== undefined)
      await expectOk(api.call("PUT", `/flows/${id}/signing-secret`, { secret: secretOf(key) }));
    if (SCHEMES[key]?.apiKeys === "required") {
      apiKey ??= (await expectOk(api.call("POST", `/flows/${id}/api-keys`, { name: "one" }))).apiKey;
      const own = { name: "the same", apiKey };
      await api.call("POST", `/flows/${id}/api-keys`, own);
    }
    const flow = await expectOk(api.call("GET", `/flows/${id}`));
    flows.set(key, { ...flow, webhookUrl: flow.webhookUrl.replace("http://api.test", api.url) });
  }
});
afterAll(async () => {
  await api.stop();
  rmSync(folder, { recursive: true, force: true });
});

function run(key: string, language: SnippetLanguage, env: Record<string, string>) {
  const { program, file } = RUNNERS[language];
  const path = join(folder, `${key}-${file}`);
  const flow = flows.get(key);
  if (flow === undefined) throw new Error(`There is no flow ${key}`);
  const text = senderSnippet(flow, language);
  expect(text).not.toContain(secretOf(key));
  writeFileSync(path, text);
  return new Promise<{ code: unknown; output: string }>((done) => {
    execFile(program, [path], { env: childEnv(env) }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });
}

describe.each(SNIPPET_LANGUAGES)("in %s", (language) => {
  const isThere = spawnSync(RUNNERS[language].program, ["--version"]).status === 0;

  test.skipIf(!isThere)("a webhook of each scheme is sent and accepted", async () => {
    const ran = await Promise.all(
      Object.keys(SCHEMES).map(async (key) => ({
        key,
        ...(await run(key, language, { SIGNING_SECRET: secretOf(key), API_KEY: apiKey })),
      })),
    );
    for (const { key, code, output } of ran) {
      expect({ key, code, output }).toMatchObject({
        code: 0,
        output: expect.stringContaining("executionId"),
      });
      expect(output).not.toContain(secretOf(key));
    }
    // Each is a delivery of its own.
    expect(new Set(ran.map(({ output }) => /[0-9a-f-]{36}/.exec(output)?.[0])).size).toBe(ran.length);
  });

  test.skipIf(!isThere)("a wrong secret is refused with the reason, a missing one is named", async () => {
    // One after the other: both are the same file.
    const wrong = await run("github", language, { SIGNING_SECRET: "another" });
    const missing = await run("github", language, { SIGNING_SECRET: "" });
    expect(wrong).toMatchObject({ output: expect.stringContaining("does not fit the body") });
    expect(missing).toMatchObject({ output: expect.stringContaining("SIGNING_SECRET") });
    expect([wrong.code, missing.code]).not.toContain(0);
  });
});
