import { expect, test } from "vitest";
import { defineRoute } from "#api/define-route.ts";

test("a route without a rule in the policy is refused", () => {
  expect(() =>
    defineRoute({ method: "get", path: "/secrets", responses: { 200: { description: "all of them" } } }),
  ).toThrow(expect.objectContaining({ code: "engine/start" }));
});

test("a route is documented with its need of a token and its problems", () => {
  const route = defineRoute({ method: "get", path: "/me", responses: { 200: { description: "who" } } });
  expect(route).toMatchObject({
    tags: ["me"],
    security: [{ token: [] }],
    responses: { default: { content: { "application/problem+json": {} } } },
  });
});
