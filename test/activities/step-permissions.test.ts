import { expect, test } from "vitest";
import { DEFAULT_POLICY, type PermissionPolicy } from "#contract/effective-permissions.ts";
import { permissionManifestSchema } from "#contract/permissions.ts";
import type { FlowCode } from "#db/flow-code.ts";
import { StepPermissions } from "#activities/step-permissions.ts";

const set = (permissions: unknown) => permissionManifestSchema.parse(permissions);
const code: FlowCode = {
  organizationId: "o",
  bundleSha256: "b",
  configJson: "{}",
  flowKeys: [],
  isolation: "integration",
  manifest: set({ net: ["a.com", "b.com", "c.com"] }),
  grant: set({ net: ["a.com", "b.com"] }),
  stepPermissions: new Map([["push/post", set({ net: ["b.com:443", "c.com"] })]]),
};

test("a step has what version and instance have, and less where it says so", () => {
  const permissions = new StepPermissions(() => DEFAULT_POLICY);
  expect(permissions.get(code, "push", "parse")).toEqual(set({ net: ["a.com", "b.com"] }));
  expect(permissions.get(code, "push", "post")).toEqual(set({ net: ["b.com:443"] }));
});

test("permissions are worked out once for a step, and anew for a new policy", () => {
  let policy: PermissionPolicy = DEFAULT_POLICY;
  const permissions = new StepPermissions(() => policy);
  const before = permissions.get(code, "push", "parse");
  expect(permissions.get(code, "push", "parse")).toBe(before);
  policy = { ...DEFAULT_POLICY, net: { allow: ["b.com"], deny: [] } };
  expect(permissions.get(code, "push", "parse")).toEqual(set({ net: ["b.com"] }));
});
