import { expect, test } from "vitest";
import { auditLine } from "#contract/audit-line.ts";

const atMs = Date.parse("2026-01-02T03:04:05.678Z");

test("a line begins with Deno's fields and adds whose access it was, and where it led", () => {
  const record = { atMs, permission: "net", value: "a.com:443", granted: true, address: "1.1.1.1" } as const;
  expect(auditLine(record, { organizationId: "o", executionId: "x", step: "post" })).toBe(
    '{"v":1,"datetime":"2026-01-02T03:04:05Z","permission":"net","value":"a.com:443","granted":true,"organization":"o","execution":"x","step":"post","address":"1.1.1.1"}',
  );
});

test("a refusal says why", () => {
  const record = {
    atMs,
    permission: "net",
    value: "b.com:80",
    granted: false,
    reason: "no rule allows it",
  } as const;
  expect(JSON.parse(auditLine(record, {}))).toMatchObject({ granted: false, reason: "no rule allows it" });
});
