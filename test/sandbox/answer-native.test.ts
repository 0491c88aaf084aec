import { expect, test } from "vitest";
import { answerNative } from "#sandbox/cell/answer-native.ts";

test.each([
  ["no operation", "nothing\nx"],
  ["a property of every object", "constructor\nx"],
  ["no URL", 'url\n["nope"]'],
  ["a part that cannot be set", 'url-set\n["https://a.example","origin","x"]'],
  ["an href that is no URL", 'url-set\n["https://a.example","href","x"]'],
  ["too many random bytes", "random\n65537"],
  ["no number of random bytes", "random\nNaN"],
  ["bytes that are not UTF-8", "utf8-decode-fatal\n/w=="],
])("%s is answered with nothing", (_name, text) => {
  expect(["", "-"]).toContain(answerNative(text));
});

test("query text goes both ways", () => {
  const pairs = answerNative("query-parse\na=1&b=%20x&a=2");
  expect(JSON.parse(pairs)).toEqual([
    ["a", "1"],
    ["b", " x"],
    ["a", "2"],
  ]);
  expect(answerNative(`query-format\n${pairs}`)).toBe("a=1&b=+x&a=2");
});
