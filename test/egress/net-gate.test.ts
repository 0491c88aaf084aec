import { expect, test } from "vitest";
import { netTargetOf } from "#contract/net-rule.ts";
import { permissionManifestSchema } from "#contract/permissions.ts";
import { netGateOf } from "#egress/net-gate.ts";

const gateOf = (net: unknown) => netGateOf(permissionManifestSchema.parse({ net }));
const target = (url: string) => netTargetOf(new URL(url));

test("an absent permission and an empty list allow nothing", () => {
  for (const gate of [netGateOf(permissionManifestSchema.parse({})), gateOf([])]) {
    expect(gate.refuseTarget(target("https://a.example/"))).toEqual({
      reason: "no rule allows it",
      message: 'Requires net access to "a.example:443", add it to permissions.net in the manifest',
    });
  }
});

test("deny beats allow", () => {
  const gate = gateOf({ allow: ["*.atlassian.net"], deny: ["admin.atlassian.net"] });
  expect(gate.refuseTarget(target("https://acme.atlassian.net/"))).toBeUndefined();
  expect(gate.refuseTarget(target("https://admin.atlassian.net/"))?.reason).toBe(
    "denied by rule admin.atlassian.net",
  );
});

test("an allowed name may lead to public addresses only", () => {
  const gate = gateOf(["a.example"]);
  const to = target("https://a.example/");
  expect(gate.refuseAddresses(to, ["140.82.112.3", "2606:4700::1111"])).toBeUndefined();
  expect(gate.refuseAddresses(to, ["140.82.112.3", "10.0.0.5"])).toMatchObject({
    reason: "private address that no rule names",
    address: "10.0.0.5",
  });
});

test("the author is not told the address behind a name", () => {
  const refusal = gateOf(["a.example"]).refuseAddresses(target("https://a.example/"), ["10.0.0.5"]);
  expect(refusal?.message).not.toContain("10.0.0.5");
  expect(refusal?.message).toContain('Requires net access to "a.example:443"');
});

test("a special address is allowed by a rule that names it or its block, for the rule's port", () => {
  const to = target("https://ledger.internal/");
  expect(gateOf(["ledger.internal", "10.0.0.5"]).refuseAddresses(to, ["10.0.0.5"])).toBeUndefined();
  expect(gateOf(["ledger.internal", "10.0.0.0/8:443"]).refuseAddresses(to, ["10.0.0.5"])).toBeUndefined();
  expect(gateOf(["ledger.internal", "10.0.0.5:80"]).refuseAddresses(to, ["10.0.0.5"])).toBeDefined();
  expect(gateOf(["ledger.internal", "127.0.0.1"]).refuseAddresses(to, ["::ffff:7f00:1"])).toBeUndefined();
});

test("a rule of addresses does not allow a name that leads there", () => {
  expect(gateOf(["127.0.0.1"]).refuseTarget(target("http://localhost:3000/"))).toBeDefined();
});

test("a deny rule of addresses holds behind an allowed name", () => {
  const gate = gateOf({ allow: ["a.example"], deny: ["140.82.112.0/20"] });
  expect(gate.refuseAddresses(target("https://a.example/"), ["140.82.112.3"])?.reason).toBe(
    "denied by rule 140.82.112.0/20",
  );
});

test.each([
  "169.254.169.254",
  "169.254.170.2",
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fe80::1",
  "::ffff:a9fe:a9fe",
])("no rule opens %s, a metadata service", (address) => {
  const literal = address.includes(":") ? `[${address}]` : address;
  const gate = gateOf(["a.example", literal, "0.0.0.0/0", "[::/0]"]);
  for (const url of ["http://a.example/", `http://${literal}/`])
    expect(gate.refuseAddresses(target(url), [address])?.message).toContain("which no rule allows");
});
