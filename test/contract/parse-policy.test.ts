import { expect, test } from "vitest";
import { parsePolicy } from "#contract/parse-policy.ts";

test.each([
  ["nothing", "{}", { net: { allow: [], deny: [] }, env: { allow: [], deny: [] } }],
  ["anything", '{"net":true}', { net: { allow: true, deny: [] }, env: { allow: [], deny: [] } }],
  [
    "what manifests name",
    '{"net":"named"}',
    { net: { allow: "named", deny: [] }, env: { allow: [], deny: [] } },
  ],
  [
    "what manifests name, but for some",
    '{"net":{"allow":"named","deny":["10.0.0.0/8"]},"env":false}',
    { net: { allow: "named", deny: ["10.0.0.0/8"] }, env: { allow: [], deny: [] } },
  ],
  ["a list", '{"net":["*.a.com"]}', { net: { allow: ["*.a.com"], deny: [] }, env: { allow: [], deny: [] } }],
])("a policy may give %s", (_what, text, policy) => {
  expect(parsePolicy(text)).toEqual(policy);
});

test.each([
  ["no JSON", "net: true", "it is not JSON"],
  ["another permission", '{"read":true}', 'Unrecognized key: "read"'],
  ["a number", '{"net":1}', "net: must be true, false"],
  [
    "a rule that cannot be read",
    '{"net":["https://a.com"]}',
    "net.allow[0]: invalid value 'https://a.com': URLs",
  ],
  [
    "a denial that cannot be read",
    '{"net":{"allow":true,"deny":["::1"]}}',
    "net.deny[0]: ipv6 addresses must be",
  ],
])("a policy with %s is refused, and the place named", (_what, text, message) => {
  expect(() => parsePolicy(text)).toThrow(message);
});
