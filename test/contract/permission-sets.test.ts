import { expect, test } from "vitest";
import {
  DEFAULT_POLICY,
  effectivePermissions,
  findUngivenWholes,
  type PermissionPolicy,
} from "#contract/effective-permissions.ts";
import { describeWidening, findWidenings, intersectPermissions } from "#contract/permission-sets.ts";
import { permissionManifestSchema } from "#contract/permissions.ts";
import { queryPermission } from "#contract/query-permission.ts";

const set = (permissions: unknown) => permissionManifestSchema.parse(permissions);

test.each([
  ["absent is nothing", {}, {}],
  ["a list", { net: ["a.com"] }, { net: { allow: ["a.com"], deny: [] } }],
  ["an empty list is nothing, unlike Deno's flag", { net: [] }, { net: { allow: [], deny: [] } }],
  [
    "false is nothing",
    { net: false, env: false },
    { net: { allow: [], deny: [] }, env: { allow: [], deny: [] } },
  ],
  ["true is anything", { net: true }, { net: { allow: true, deny: [] } }],
  [
    "lists by name",
    { net: { allow: ["a.com"], deny: ["b.com"] } },
    { net: { allow: ["a.com"], deny: ["b.com"] } },
  ],
  ["anything but", { net: { allow: true, deny: ["b.com"] } }, { net: { allow: true, deny: ["b.com"] } }],
  ["deny alone allows nothing", { net: { deny: ["b.com"] } }, { net: { allow: [], deny: ["b.com"] } }],
  [
    "what the engine keeps can be read again",
    { env: { allow: ["A"], deny: [] } },
    { env: { allow: ["A"], deny: [] } },
  ],
  [
    "read, write, run, ffi, sys, import: false",
    { read: false, import: false },
    { read: false, import: false },
  ],
])("manifest, %s", (_rule, given, kept) => {
  expect(set(given)).toEqual(kept);
});

test.each([
  ["read is never given", { read: true }],
  ["write is never given", { write: ["/tmp"] }],
  ["run is never given", { run: true }],
  ["ffi is never given", { ffi: true }],
  ["sys is never given", { sys: ["hostname"] }],
  ["import is never given", { import: ["jsr.io"] }],
  ["no other permission", { hrtime: true }],
  ["deny cannot be true", { net: { allow: [], deny: true } }],
  ["ignore is not known", { net: { allow: [], ignore: [] } }],
  ["a rule is text", { net: [443] }],
  ["a rule is not empty", { net: [""] }],
])("manifest refused, %s", (_rule, given) => {
  expect(permissionManifestSchema.safeParse(given).success).toBe(false);
});

test.each([
  ["absent in one is nothing", { net: ["a.com"] }, {}, {}],
  ["true gives way to a list", { net: true }, { net: ["a.com"] }, { net: ["a.com"] }],
  [
    "denials add up",
    { net: { allow: ["*.a.com"], deny: ["x.a.com"] } },
    { net: { allow: ["*.a.com"], deny: ["y.a.com"] } },
    { net: { allow: ["*.a.com"], deny: ["x.a.com", "y.a.com"] } },
  ],
  [
    "each pair counts",
    { net: ["*.a.com", "b.com"] },
    { net: ["x.a.com:443", "b.com:80", "c.com"] },
    { net: ["x.a.com:443", "b.com:80"] },
  ],
  ["variables by name", { env: ["A", "B"] }, { env: ["B", "C"] }, { env: ["B"] }],
  [
    "variables by their beginning",
    { env: ["APP_*"] },
    { env: ["APP_KEY", "A*", "Z"] },
    { env: ["APP_KEY", "APP_*"] },
  ],
])("intersection, %s", (...[, one, other, both]) => {
  expect(intersectPermissions(set(one), set(other))).toEqual(set(both));
  const reversed = intersectPermissions(set(other), set(one));
  expect(new Set(reversed.net?.deny)).toEqual(new Set(set(both).net?.deny));
});

const policy = (given: Partial<PermissionPolicy>): PermissionPolicy => ({ ...DEFAULT_POLICY, ...given });
const ANY = { net: { allow: true, deny: ["10.0.0.0/8"] } } as const;

test.each([
  ["without a policy a manifest has what it names", { net: ["a.com"] }, DEFAULT_POLICY, { net: ["a.com"] }],
  ["without a policy true is nothing", { net: true }, DEFAULT_POLICY, { net: [] }],
  [
    "a policy of anything gives true",
    { net: true },
    policy({ net: { allow: true, deny: ["10.0.0.0/8"] } }),
    { net: { allow: true, deny: ["10.0.0.0/8"] } },
  ],
  [
    "a policy's list narrows a list",
    { net: ["a.com", "b.com"] },
    policy({ net: { allow: ["*.a.com"], deny: [] } }),
    { net: ["a.com"] },
  ],
  [
    "a policy's list is not given to true",
    { net: true },
    policy({ net: { allow: ["a.com"], deny: [] } }),
    { net: [] },
  ],
  [
    "a policy's denial holds",
    { net: ["a.com"] },
    policy({ net: { allow: "named", deny: ["a.com"] } }),
    { net: { allow: ["a.com"], deny: ["a.com"] } },
  ],
])("effective, %s", (...[, manifest, given, left]) => {
  const effective = effectivePermissions({
    manifest: set(manifest),
    grant: set(manifest),
    step: undefined,
    policy: given,
  });
  expect(effective).toEqual(set(left));
});

test("effective permissions are what manifest, grant, step and policy allow together", () => {
  const effective = effectivePermissions({
    manifest: set({ net: ["*.a.com", "b.com", "c.com"], env: ["A"] }),
    grant: set({ net: ["*.a.com", "b.com"] }),
    step: set({ net: { allow: ["x.a.com", "b.com", "d.com"], deny: ["b.com:80"] } }),
    policy: policy({ net: { allow: ["*.a.com:443", "b.com"], deny: ["10.0.0.0/8"] } }),
  });
  expect(effective).toEqual({ net: { allow: ["x.a.com:443", "b.com"], deny: ["b.com:80", "10.0.0.0/8"] } });
});

test("a permission that is asked for as a whole is found where the policy does not give it so", () => {
  const manifest = set({ net: true, env: ["A"] });
  expect(findUngivenWholes(manifest, DEFAULT_POLICY)).toEqual(["net"]);
  expect(findUngivenWholes(manifest, policy({ net: { ...ANY.net, deny: [] } }))).toEqual([]);
});

test.each([
  ["net: a list is not the whole", { net: ["a.com"] }, { name: "net" }, "denied", false],
  ["net: true is the whole", { net: true }, { name: "net" }, "granted", false],
  [
    "net: the whole but for some is partial",
    { net: { allow: true, deny: ["b.com"] } },
    { name: "net" },
    "granted",
    true,
  ],
  ["net: absent", {}, { name: "net", host: "a.com" }, "denied", false],
  ["net: a host of the list", { net: ["a.com"] }, { name: "net", host: "a.com" }, "granted", false],
  ["net: its port", { net: ["a.com:443"] }, { name: "net", host: "a.com:443" }, "granted", false],
  [
    "net: a host without the rule's port",
    { net: ["a.com:443"] },
    { name: "net", host: "a.com" },
    "denied",
    false,
  ],
  [
    "net: a denied host",
    { net: { allow: true, deny: ["b.com"] } },
    { name: "net", host: "b.com:80" },
    "denied",
    false,
  ],
  [
    "net: a host is never partial",
    { net: { allow: true, deny: ["b.com:80"] } },
    { name: "net", host: "b.com" },
    "granted",
    false,
  ],
  [
    "differs: deny beats a more precise allow",
    { net: { allow: ["b.com:80"], deny: ["b.com"] } },
    { name: "net", host: "b.com:80" },
    "denied",
    false,
  ],
  ["env: a list is not the whole", { env: ["A"] }, { name: "env" }, "denied", false],
  ["env: a variable", { env: ["A"] }, { name: "env", variable: "A" }, "granted", false],
  ["env: case counts", { env: ["A"] }, { name: "env", variable: "a" }, "denied", false],
  ["env: by its beginning", { env: ["APP_*"] }, { name: "env", variable: "APP_KEY" }, "granted", false],
  [
    "env: denied by its beginning",
    { env: { allow: true, deny: ["AWS_*"] } },
    { name: "env", variable: "AWS_KEY" },
    "denied",
    false,
  ],
  [
    "env: the whole but for some is partial",
    { env: { allow: true, deny: ["AWS_*"] } },
    { name: "env" },
    "granted",
    true,
  ],
  ...["read", "write", "sys", "run", "ffi", "import"].map(
    (name) => [`${name} is never given`, { net: true }, { name }, "denied", false] as const,
  ),
] as const)("query, %s", (...[, permissions, query, state, partial]) => {
  expect(queryPermission(set(permissions), query)).toEqual({ state, partial });
});

test("a query for no permission and one for no host are refused in Deno's words", () => {
  expect(() => queryPermission({}, { name: "hrtime" })).toThrow(
    new TypeError('The provided value "hrtime" is not a valid permission name'),
  );
  expect(() => queryPermission({}, { name: "net", host: "https://a.com" })).toThrow(
    "invalid value 'https://a.com': URLs are not supported, only domains and IPs",
  );
});

test.each([
  ["the same", { net: ["a.com"] }, { net: ["a.com"] }, []],
  ["fewer", { net: ["a.com", "b.com"] }, { net: ["a.com"] }, []],
  ["more precise", { net: ["*.a.com"] }, { net: ["x.a.com:443"] }, []],
  ["another host", { net: ["a.com"] }, { net: ["a.com", "b.com"] }, ["net b.com"]],
  ["any port instead of one", { net: ["a.com:443"] }, { net: ["a.com"] }, ["net a.com"]],
  ["sub-domains instead of a host", { net: ["a.com"] }, { net: ["*.a.com"] }, ["net *.a.com"]],
  ["anything", { net: ["a.com"] }, { net: true }, ["net any"]],
  ["less than anything", { net: true }, { net: ["a.com"] }, []],
  [
    "a denial less",
    { net: { allow: ["*.a.com"], deny: ["x.a.com"] } },
    { net: ["*.a.com"] },
    ["net x.a.com (no longer denied)"],
  ],
  [
    "a denial less that nothing allows",
    { net: { allow: ["b.com"], deny: ["x.a.com"] } },
    { net: ["b.com"] },
    [],
  ],
  [
    "a wider denial",
    { net: { allow: ["*.a.com"], deny: ["x.a.com"] } },
    { net: { allow: ["*.a.com"], deny: ["*.a.com"] } },
    [],
  ],
  ["a variable", {}, { env: ["A"] }, ["env A"]],
])("widening, %s", (...[, before, next, found]) => {
  expect(findWidenings(set(before), set(next)).map(describeWidening)).toEqual(found);
});
