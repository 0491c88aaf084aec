import { expect, test } from "vitest";
import { maskHeaders } from "#vault/mask-headers.ts";

test.each([
  "Authorization",
  "proxy-authorization",
  "COOKIE",
  "Set-Cookie",
  "Api-Key",
  "X-Api-Key",
  "apikey",
  "X-Gitlab-Token",
  "X-Auth-Token",
  "Client-Secret",
  "X-Shopify-Access-Key",
])("%s is masked", (name) => {
  expect(maskHeaders([[name, "secret"]])).toEqual([[name, "[redacted]"]]);
});

test.each([
  "X-Hub-Signature-256",
  "Stripe-Signature",
  "webhook-signature",
  "X-GitHub-Delivery",
  "Idempotency-Key",
  "Content-Type",
  "X-Tokenizer-Version",
])("%s is kept", (name) => {
  expect(maskHeaders([[name, "value"]])).toEqual([[name, "value"]]);
});

test("a flow's own secret header is masked, in any case of letters; order and repeats stay", () => {
  expect(
    maskHeaders(
      [
        ["X-Pass", "1"],
        ["A", "2"],
        ["x-pass", "3"],
      ],
      ["x-PASS"],
    ),
  ).toEqual([
    ["X-Pass", "[redacted]"],
    ["A", "2"],
    ["x-pass", "[redacted]"],
  ]);
});
