import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "#contract/effective-permissions.ts";
import { matchesNetRule, netTargetOf, parseNetRule } from "#contract/net-rule.ts";
import { parsePolicy } from "#contract/parse-policy.ts";
import { unreadableRules } from "#contract/permission-problems.ts";
import { permissionManifestSchema } from "#contract/permissions.ts";
import { notCapableMessage } from "#contract/egress.ts";
import { LIMITS } from "#contract/limits.ts";
import { queryPermission } from "#contract/query-permission.ts";
import { tableRows } from "./table-rows.ts";

const page = readFileSync(new URL("../../docs/permissions.md", import.meta.url), "utf8");
const blocks = (kind: string) =>
  [...page.matchAll(new RegExp(`\`\`\`json ${kind}\n(.*?)\`\`\``, "gs"))].map(([, text = ""]) => text);

test("the manifests of docs/permissions.md are manifests, and those that are refused are refused", () => {
  const [manifest = "", ...others] = blocks("manifest");
  for (const text of [manifest, ...others]) {
    const parsed = permissionManifestSchema.parse(JSON.parse(text));
    expect(unreadableRules(parsed, "")).toEqual([]);
  }
  const refused = blocks("refused");
  expect(refused).toHaveLength(1);
  for (const text of refused)
    expect(permissionManifestSchema.safeParse(JSON.parse(text)).success).toBe(false);
  const slack = { name: "net", host: "api.slack.com:443" };
  expect(page).toContain('permissions.query({ name: "net", host: "api.slack.com:443" })');
  expect(queryPermission(permissionManifestSchema.parse(JSON.parse(manifest)), slack).state).toBe("granted");
});

test("the policies of docs/permissions.md are policies, and the default is as it says", () => {
  expect(blocks("policy")).toHaveLength(3);
  for (const text of blocks("policy")) parsePolicy(text);
  const [, given = ""] = /^- No file: `(.+)`\.$/m.exec(page) ?? [];
  expect(parsePolicy(given)).toEqual(DEFAULT_POLICY);
});

test("each rule of docs/permissions.md allows what its row says, and not what it says it does not", () => {
  const rows = tableRows("permissions.md").filter((row) => row.length === 3 && row[1]?.includes("http"));
  expect(rows).toHaveLength(7);
  for (const [rule = "", allowed = "", not = ""] of rows) {
    const parsed = parseNetRule(rule);
    const matches = (url: string) => matchesNetRule(parsed, netTargetOf(new URL(url)));
    for (const url of allowed.split(", ")) expect(matches(url), `${rule} and ${url}`).toBe(true);
    for (const url of not.split(", ")) expect(matches(url), `${rule} and ${url}`).toBe(false);
  }
});

test("what is no rule is refused in the words of docs/permissions.md", () => {
  const rows = [...page.matchAll(/^\| `([^`]+)` \| `((?:invalid|ipv6)[^`]+)` \|$/gm)];
  expect(rows).toHaveLength(4);
  for (const [, text = "", sentence = ""] of rows)
    expect(() => parseNetRule(text)).toThrow(expect.objectContaining({ message: sentence }));
  expect(page).toContain(notCapableMessage("evil.com:443"));
  expect(page).toContain(`the first ${LIMITS.stepAccessRecords} of each try`);
});
