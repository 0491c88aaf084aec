import { expect, test } from "vitest";
import { LIMITS } from "#contract/limits.ts";
import { assertMethod, requestHeaders, without } from "#egress/request-headers.ts";

test.each([
  "Host",
  "connection",
  "Keep-Alive",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "Expect",
  "Cookie2",
  "Proxy-Authorization",
  "proxy-anything",
])("header %s cannot be set", (name) => {
  expect(() => requestHeaders([[name, "x"]])).toThrow(`header "${name}" cannot be set`);
});

test.each([
  ["X-A", "a\r\nX-B: b"],
  ["X-A", "a\nb"],
  ["X-A", "a\0b"],
  ["X-A", "a\u0100"],
  ["X-A\r\nX-B", "b"],
  ["X A", "b"],
  ["X-A:", "b"],
  ["", "b"],
])("header %j: %j cannot smuggle another one", (name, value) => {
  expect(() => requestHeaders([[name, value]])).toThrow(/is not the name of a header|cannot carry/);
});

test("what an author sets is kept, repeats too; the length is the engine's", () => {
  expect(
    requestHeaders([
      ["Cookie", "a=1"],
      ["X-A", "1"],
      ["x-a", "2"],
      ["Content-Length", "3"],
      ["Accept", "text/csv"],
      ["User-Agent", "acme"],
      ["Accept-Encoding", "br"],
    ]),
  ).toEqual([
    ["Cookie", "a=1"],
    ["X-A", "1"],
    ["x-a", "2"],
    ["Accept", "text/csv"],
    ["User-Agent", "acme"],
    ["Accept-Encoding", "br"],
  ]);
});

test("headers beyond the limit are refused with their size", () => {
  expect(() => requestHeaders([["X-A", "a".repeat(LIMITS.headerBytes)]])).toThrow(
    /the headers have \d+ bytes/,
  );
});

test("names are left out in any case of letters", () => {
  expect(
    without(
      [
        ["Authorization", "x"],
        ["A", "y"],
      ],
      ["authorization"],
    ),
  ).toEqual([["A", "y"]]);
});

test("a method is a word, not a text", () => {
  expect(() => assertMethod("A".repeat(41))).toThrow("too many characters");
});

test.each(["CONNECT", "trace", "TRACK", "GET /x HTTP/1.1\r\n", "", "G T"])(
  "method %j is refused",
  (method) => {
    expect(() => assertMethod(method)).toThrow("cannot be sent");
  },
);
