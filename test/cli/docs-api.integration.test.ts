import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { childEnv } from "#config";
import { startTestApi, type TestApi } from "../support/test-api.ts";

/** The snippets of docs/api.md, run by a shell against an api. */
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const text = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
const snippets = [...text.matchAll(/^## ([^\n]*)\n```sh\n(.*?)^```/gms)].map(
  ([, title = "", script = ""]) => ({
    title,
    script,
  }),
);

const ANSWERS: Record<string, object> = {
  "Call it": { role: "owner" },
  Pages: { items: expect.any(Array), nextCursor: null },
  Errors: { code: "request/invalid", requestId: expect.any(String) },
  "The same call twice": { name: "Acme" },
};

test("each snippet is one that is run here", () => {
  expect(snippets.map(({ title }) => title)).toEqual(Object.keys(ANSWERS));
});

test.each(snippets)("$title", async ({ title, script }) => {
  const env = childEnv({ MILLRACE_SERVER: api.url, MILLRACE_TOKEN: api.ownerToken });
  const { stdout } = await promisify(execFile)("bash", ["-c", script], { env });
  expect(JSON.parse(stdout)).toMatchObject(ANSWERS[title] ?? {});
});
