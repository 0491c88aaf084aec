import { expect, test } from "vitest";
import { decodeFrame, encodeFrame } from "#sandbox/protocol.ts";

test("a frame keeps its parts as they are, line breaks and all", () => {
  const parts = ["", 'a\n"b"', "\ud800é", "x".repeat(10_000)];
  expect(decodeFrame(encodeFrame({ op: "step" }, parts))).toEqual({
    header: { op: "step", lengths: parts.map((part) => part.length) },
    parts,
  });
});

test("a header without lengths has no parts", () => {
  expect(decodeFrame('{"op":"ready"}\n')).toEqual({ header: { op: "ready" }, parts: [] });
});

test.each([
  ["no line", '{"op":"x"}'],
  ["no JSON", "nonsense\n"],
  ["a part beyond the end", '{"lengths":[5]}\nabc'],
  ["a negative length", '{"lengths":[-1]}\nabc'],
  ["a length that is no number", '{"lengths":["1"]}\nabc'],
  ["a length that is not finite", '{"lengths":[1e999]}\nabc'],
])("a frame with %s is refused", (_name, text) => {
  expect(() => decodeFrame(text)).toThrow();
});
