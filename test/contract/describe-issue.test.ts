import { expect, test } from "vitest";
import { z } from "zod";
import { describeIssue } from "#contract/describe-issue.ts";

const schema = z.strictObject({
  name: z.string().min(1).max(3),
  code: z.string().min(2).optional(),
  count: z.int().min(1).max(9).optional(),
  tags: z.array(z.string()).min(1).max(2).optional(),
  kind: z.enum(["a", "b"]).optional(),
  only: z.literal(1).optional(),
  map: z.record(z.string().max(2), z.boolean()).optional(),
  either: z.union([z.string(), z.array(z.string())]).optional(),
  shape: z.discriminatedUnion("type", [z.object({ type: z.literal("x") })]).optional(),
  id: z.uuid("must be an id").optional(),
});

function wordsFor(input: unknown): string[] {
  const { error } = schema.safeParse(input);
  return (error?.issues ?? []).map((issue) => describeIssue(issue, input));
}

test.each<[string, unknown, string]>([
  ["nothing", {}, "is needed: must be text"],
  ["an unknown field", { name: "n", nmae: 1 }, "has no field nmae: leave it out, or correct its name"],
  ["a number as text", { name: 1 }, "must be text"],
  ["an empty text", { name: "" }, "must not be empty"],
  ["a long text", { name: "long" }, "must have at most 3 characters"],
  ["a short text", { name: "n", code: "c" }, "must have at least 2 characters"],
  ["half a number", { name: "n", count: 1.5 }, "must be a whole number"],
  ["a large number", { name: "n", count: 10 }, "must be at most 9"],
  ["a small number", { name: "n", count: 0 }, "must be at least 1"],
  ["an empty list", { name: "n", tags: [] }, "must have at least 1 items"],
  ["a long list", { name: "n", tags: ["a", "b", "c"] }, "must have at most 2 items"],
  ["a text as a list", { name: "n", tags: "a" }, "must be a list"],
  ["none of the choices", { name: "n", kind: "c" }, "must be one of a, b"],
  ["not the one value", { name: "n", only: 2 }, "must be 1"],
  ["a long name in a map", { name: "n", map: { long: true } }, "as a name must have at most 2 characters"],
  ["text in a map", { name: "n", map: { a: "yes" } }, "must be true or false"],
  ["neither of two", { name: "n", either: 1 }, "must be text, or must be a list"],
  ["an unknown shape", { name: "n", shape: { type: "y" } }, "must be one of x"],
  ["what the schema has words for", { name: "n", id: "1" }, "must be an id"],
])("%s is told what is expected", (_what, input, words) => {
  expect(wordsFor(input)).toEqual([words]);
});
