import { expect, test } from "vitest";
import { exclusionOf } from "./areas.ts";
import { readSection } from "./document.ts";
import { differences, expectationOf, readExpectations } from "./expectations.ts";
import { failureTable } from "./failure-table.ts";
import { reasonOf } from "./reasons.ts";
import { parseMeta } from "./find-tests.ts";

test("the head of a test names its scripts, variants, globals and patience", () => {
  const source = [
    "// META: title=A title",
    "// META: global=window,worker",
    "// META: script=/common/x.js",
    "// META: variant=?a",
    "// META: variant=?b",
    "// META: timeout=long",
    "",
    "test(() => {});",
    "// META: script=too-late.js",
  ].join("\n");
  expect(parseMeta(source)).toEqual({
    scripts: ["/common/x.js"],
    variants: ["?a", "?b"],
    isLong: true,
    globals: ["window", "worker"],
  });
});

test("a file that needs a document is left out with its reason", () => {
  expect(exclusionOf("dom/events/relatedTarget.window.js")).toBe("needs a document, frames or windows");
  expect(exclusionOf("url/IdnaTestV2.window.js")).toBeUndefined();
  expect(exclusionOf("url/url-constructor.any.js")).toBeUndefined();
});

const outcome = {
  status: "ok",
  passed: 2,
  failures: [
    { name: "known", message: "as ever" },
    { name: "fresh", message: "since today" },
  ],
};

test("a failure that is not expected, and an expected one that is gone, are differences", () => {
  const expected = { passed: 2, failed: ["known", "mended"] };
  expect(differences("a.any.js", outcome, expected)).toEqual([
    "a.any.js: fails now: fresh: since today",
    "a.any.js: passes now: mended",
  ]);
});

test("an outcome is as expected after it was written down", () => {
  expect(differences("a.any.js", outcome, expectationOf(outcome))).toEqual([]);
});

test.each([
  [{ ...outcome, status: "timeout" }, "ended as timeout, not ok"],
  [{ ...outcome, passed: 1 }, "1 tests passed, not 2"],
])("a file that ends otherwise or loses tests is a difference", (actual, line) => {
  expect(differences("a.any.js", actual, expectationOf(outcome))[0]).toContain(line);
});

test("a file that nobody has looked at is a difference", () => {
  expect(differences("new.any.js", outcome, undefined)).toHaveLength(1);
});

test("each failure that is expected has its reason", () => {
  const unknown = Object.entries(readExpectations()).flatMap(([id, { failed = [] }]) =>
    failed.filter((name) => reasonOf(id, name) === undefined).map((name) => `${id}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

test("the page for authors lists the failures that are expected", () => {
  expect(readSection("failures")).toBe(failureTable(readExpectations()));
});
